"""The two polynomials of src/measure/lanes.hpp that its logarithms are made of.

    T(z) = (2 atanh(s) / s - 2) / z,  z = s^2,  so that ln((1 + s) / (1 - s)) = 2 s + s z T(z)

Minimax approximations on [0, b] by Remez' algorithm in 50 digits, their coefficients rounded to
double. Printed with each: b, and the largest error of s z T(z) relative to the logarithm. Made with
mpmath 1.4.

    python make_log_polynomials.py
"""

import mpmath
from mpmath import mpf

mpmath.mp.dps = 50
GRID = 2000


def tail(z):
    if z < mpf("1e-8"):
        return mpf(2) / 3 + 2 * z / 5 + 2 * z * z / 7
    s = mpmath.sqrt(z)
    return (2 * mpmath.atanh(s) / s - 2) / z


def solve(points):
    """Coefficients and levelled error of the polynomial that alternates on the points."""
    n = len(points) - 1
    matrix, right = mpmath.matrix(n + 1, n + 1), mpmath.matrix(n + 1, 1)
    for i, z in enumerate(points):
        for j in range(n):
            matrix[i, j] = z**j
        matrix[i, n] = (-1) ** i
        right[i] = tail(z)
    solution = mpmath.lu_solve(matrix, right)
    return [solution[j] for j in range(n)], abs(solution[n])


def minimax(b, n):
    points = [b / 2 * (1 - mpmath.cos(mpmath.pi * i / n)) for i in range(n + 1)]
    grid = [b * i / GRID for i in range(GRID + 1)]
    for _ in range(30):
        coefficients, level = solve(points)
        error = [tail(z) - mpmath.polyval(coefficients[::-1], z) for z in grid]
        runs = [[0]]  # grid points between two sign changes
        for k in range(1, GRID + 1):
            if (error[k] >= 0) == (error[k - 1] >= 0):
                runs[-1].append(k)
            else:
                runs.append([k])
        points = [grid[max(run, key=lambda k: abs(error[k]))] for run in runs]
        assert len(points) == n + 1, "the error does not alternate: more digits needed"
        if max(map(abs, error)) < 1.01 * level:
            return [float(c) for c in coefficients]
    raise AssertionError("no convergence")


def main():
    root = mpmath.sqrt(2)
    for name, s, n in (("near", (root - 1) / (root + 1), 7), ("wide", mpf(1) / 3, 10)):
        b = s * s
        coefficients = minimax(b * mpf("1.0001"), n)
        error = lambda z: abs(tail(z) - mpmath.polyval(coefficients[::-1], z)) * z / (2 + z * tail(z))
        worst = max(error(b * i / GRID) for i in range(GRID + 1))
        print(f"atanh_tail_{name}: z <= {float(b):.5f}, error {float(worst):.1e}")
        print("  " + "\n  ".join(c.hex() for c in coefficients))


if __name__ == "__main__":
    main()
