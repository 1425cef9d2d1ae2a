# Percentile and BCa intervals of the package boot from given replicates (first file), empirical
# influence values (second file) and estimate. Called by make_across_reference.py.
suppressMessages(library(boot))
arguments <- commandArgs(TRUE)
t <- scan(arguments[1], quiet = TRUE)
influence <- scan(arguments[2], quiet = TRUE)
estimate <- as.numeric(arguments[3])
n <- length(influence)
b <- boot(seq_len(n), function(x, i) mean(x[i]), R = length(t))
b$t0 <- estimate
b$t <- matrix(t)
i <- boot.ci(b, conf = 0.95, type = c("perc", "bca"), L = influence)
cat(format(c(i$percent[4:5], i$bca[4:5]), digits = 15), "\n")
