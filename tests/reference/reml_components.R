# REML variance components of a crossed table: value, model, document and text in the columns of a
# file; `texts` where documents hold several. Prints model, document, model x document and, with
# texts, text and model x text. Called by make_across_reference.py.
suppressMessages(library(lme4))
arguments <- commandArgs(TRUE)
d <- read.table(arguments[1], col.names = c("y", "model", "document", "text"))
for (k in c("model", "document", "text")) d[[k]] <- factor(d[[k]])
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
if (arguments[2] == "texts") {
  fit <- lmer(y ~ 1 + (1 | model) + (1 | document) + (1 | model:document) + (1 | text), d,
              control = tight)
  wanted <- c("model", "document", "model:document", "text", "Residual")
} else {
  fit <- lmer(y ~ 1 + (1 | model) + (1 | document), d, control = tight)
  wanted <- c("model", "document", "Residual")
}
v <- as.data.frame(VarCorr(fit))
cat(format(v$vcov[match(wanted, v$grp)], digits = 15), "\n")
