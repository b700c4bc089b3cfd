#include "QuadraticProgram.hpp"

#include "DenseKernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace krb {

namespace {
// Relative to unknowns of order one (radians, metres).
constexpr double feasibility = 1e-10;
constexpr double dependence = 1e-18;
constexpr double infinity = std::numeric_limits<double>::infinity();
}  // namespace

QuadraticProgram::QuadraticProgram(int max_size, int max_rows)
    : hessian(max_size, max_size),
      gradient(max_size),
      lower(max_size),
      upper(max_size),
      rows(max_size, max_rows),
      least(max_rows),
      x(max_size),
      basis_(strip_start(max_size) + 4, max_size),
      triangle_(max_size, max_size),
      projected_(max_size),
      direction_(basis_.rows()),
      rate_(max_size),
      multipliers_(max_size),
      householder_(max_size),
      scratch_(basis_.rows()),
      lengths_(max_rows),
      active_(max_size),
      state_(2 * max_size + max_rows),
      preferred_(2 * max_size + max_rows) {}

double QuadraticProgram::slack(int constraint) const {
    const int i = constraint / 2;
    if (constraint < 2 * size_) return constraint % 2 == 0 ? x[i] - lower[i] : upper[i] - x[i];
    const int row = constraint - 2 * size_;
    return rows.col(row).head(size_).dot(x.head(size_)) - least[row];
}

int QuadraticProgram::most_violated() const {
    int worst = -1, worst_preferred = -1;
    const double reach = x.head(size_).norm();
    double depth = -feasibility, preferred_depth = -feasibility;
    const auto consider = [&](int constraint, double slack) {
        if (slack >= -feasibility || state_[constraint] != 0) return;
        if (slack < depth) {
            depth = slack;
            worst = constraint;
        }
        if (slack < preferred_depth && preferred_[constraint]) {
            preferred_depth = slack;
            worst_preferred = constraint;
        }
    };
    for (int i = 0; i < size_; ++i) {
        consider(2 * i, x[i] - lower[i]);
        consider(2 * i + 1, upper[i] - x[i]);
    }
    for (int row = 0; row < row_count_; ++row) {
        // Most rows are too far away for the unknowns to reach.
        if (state_[2 * size_ + row] != 0 || lengths_[row] * reach <= -least[row]) continue;
        consider(2 * size_ + row, slack(2 * size_ + row));
    }
    return worst_preferred >= 0 ? worst_preferred : worst;
}

/// out := -basis[:, first..] coefficients; rows of zeros fill it up.
void QuadraticProgram::combine(int first, const double *coefficients, double *out) const {
    const int rows = padded(), columns = size_ - first, stride = static_cast<int>(basis_.outerStride());
    std::fill(out, out + rows, 0.0);
    subtract_product(rows, columns, basis_.data() + static_cast<long>(first) * stride, stride, coefficients, 1, out);
}

/// d = J' n of a constraint's normal, its primal direction -z and the rates r of the active multipliers.
void QuadraticProgram::project(int constraint) {
    const int n = size_, q = active_count_;
    if (constraint < 2 * n) {
        projected_.head(n) = basis_.row(constraint / 2).head(n).transpose();
        if (constraint % 2 == 1) projected_.head(n) *= -1;
    } else {
        projected_.head(n).noalias() = basis_.topLeftCorner(n, n).transpose() * rows.col(constraint - 2 * n).head(n);
    }
    combine(q, projected_.data() + q, direction_.data());
    for (int i = q - 1; i >= 0; --i) {
        double sum = projected_[i];
        for (int j = i + 1; j < q; ++j) sum -= triangle_(i, j) * rate_[j];
        rate_[i] = sum / triangle_(i, i);
    }
}

/// Takes the constraint projected last into the active set: a reflection turns the free columns of the basis so that
/// only the first of them has a part along the normal.
void QuadraticProgram::add(int constraint) {
    const int n = size_, q = active_count_, free = n - q;
    auto v = householder_.head(free);
    v = projected_.segment(q, free);
    const double length = v.norm();
    const double pivot = v[0] > 0 ? -length : length;
    v[0] -= pivot;
    const double square = v.squaredNorm();
    if (square > 0) {
        combine(q, v.data(), scratch_.data());
        const int stride = static_cast<int>(basis_.outerStride());
        for (int i = 0; i < free; ++i) {
            const double share = -2 / square * v[i];
            subtract_product(
                padded(), 1, scratch_.data(), 1, &share, 1, basis_.data() + static_cast<long>(q + i) * stride);
        }
    }
    triangle_.col(q).head(q) = projected_.head(q);
    triangle_(q, q) = pivot;
    active_[q] = constraint;
    state_[constraint] = 1;
    ++active_count_;
}

/// Drops an active constraint; plane rotations restore the triangle.
void QuadraticProgram::remove(int position) {
    const int n = size_;
    state_[active_[position]] = 0;
    for (int i = position; i + 1 < active_count_; ++i) {
        active_[i] = active_[i + 1];
        multipliers_[i] = multipliers_[i + 1];
        triangle_.col(i).head(i + 2) = triangle_.col(i + 1).head(i + 2);
    }
    --active_count_;
    for (int i = position; i < active_count_; ++i) {
        const double a = triangle_(i, i), b = triangle_(i + 1, i);
        const double h = std::hypot(a, b);
        if (h == 0) continue;
        const double c = a / h, s = b / h;
        triangle_(i, i) = h;
        triangle_(i + 1, i) = 0;
        for (int j = i + 1; j < active_count_; ++j) {
            const double u = triangle_(i, j), w = triangle_(i + 1, j);
            triangle_(i, j) = c * u + s * w;
            triangle_(i + 1, j) = c * w - s * u;
        }
        for (int k = 0; k < n; ++k) {
            const double u = basis_(k, i), w = basis_(k, i + 1);
            basis_(k, i) = c * u + s * w;
            basis_(k, i + 1) = c * w - s * u;
        }
    }
}

/// Back to the unconstrained minimum with no constraint active; dropped rows stay dropped.
void QuadraticProgram::restart() {
    for (int j = 0; j < active_count_; ++j) {
        if (state_[active_[j]] == 1) state_[active_[j]] = 0;
    }
    active_count_ = 0;
    scratch_.head(size_).noalias() = basis_.topLeftCorner(size_, size_).transpose() * gradient.head(size_);
    combine(0, scratch_.data(), direction_.data());
    x.head(size_) = direction_.head(size_);
}

QuadraticProgram::Status QuadraticProgram::solve(int size, int row_count) {
    size_ = size;
    row_count_ = row_count;
    active_count_ = 0;
    dropped_rows_ = 0;
    const int n = size, constraints = 2 * n + row_count;
    if (preferred_size_ != constraints) {
        std::fill(preferred_.begin(), preferred_.end(), 0);
        preferred_size_ = constraints;
    }
    std::fill(state_.begin(), state_.end(), 0);

    for (int row = 0; row < row_count; ++row) lengths_[row] = rows.col(row).head(n).norm();

    if (!factor(hessian.topLeftCorner(n, n))) return Status::infeasible;
    invert_transposed(
        basis_.topLeftCorner(std::min<int>(strip_start(n) + 4, basis_.rows()), n), hessian.topLeftCorner(n, n));
    restart();

    Status status = Status::optimal;
    const int limit = 4 * (constraints + 1);
    for (iterations_ = 0;;) {
        const int wanted = most_violated();
        if (wanted < 0) break;
        double multiplier = 0;
        for (bool settled = false; !settled;) {
            if (++iterations_ > limit) {
                status = Status::iteration_limit;
                break;
            }
            project(wanted);
            double dual_step = infinity;
            int blocking = -1;
            for (int j = 0; j < active_count_; ++j) {
                if (rate_[j] > 0 && multipliers_[j] < dual_step * rate_[j]) {
                    dual_step = multipliers_[j] / rate_[j];
                    blocking = j;
                }
            }
            const int free = n - active_count_;
            const double curvature = projected_.segment(active_count_, free).squaredNorm();
            const bool independent = curvature > dependence * projected_.head(n).squaredNorm();
            const double primal_step = independent ? -slack(wanted) / curvature : infinity;
            if (dual_step == infinity && primal_step == infinity) {
                // The wanted constraint contradicts the active ones: bounds win over rows, of which one is given up.
                status = Status::infeasible;
                int victim = wanted;
                for (int j = 0; victim < 2 * n && j < active_count_; ++j) victim = active_[j];
                if (victim < 2 * n) return status;
                state_[victim] = 2;
                ++dropped_rows_;
                restart();
                break;
            }
            const double step = std::min(dual_step, primal_step);
            if (primal_step < infinity) x.head(n) -= step * direction_.head(n);
            for (int j = 0; j < active_count_; ++j) multipliers_[j] -= step * rate_[j];
            multiplier += step;
            if (primal_step <= dual_step) {
                add(wanted);
                multipliers_[active_count_ - 1] = multiplier;
                settled = true;
            } else {
                remove(blocking);
            }
        }
        if (status == Status::iteration_limit) break;
    }
    std::fill(preferred_.begin(), preferred_.end(), 0);
    for (int j = 0; j < active_count_; ++j) preferred_[active_[j]] = 1;
    x.head(n) = x.head(n).cwiseMax(lower.head(n)).cwiseMin(upper.head(n));
    return status;
}

int QuadraticProgram::active_bounds() const {
    int count = 0;
    for (int j = 0; j < active_count_; ++j) count += active_[j] < 2 * size_ ? 1 : 0;
    return count;
}

double QuadraticProgram::bound_multiplier(int i) const {
    for (int j = 0; j < active_count_; ++j) {
        if (active_[j] / 2 == i && active_[j] < 2 * size_)
            return active_[j] % 2 == 0 ? multipliers_[j] : -multipliers_[j];
    }
    return 0;
}

double QuadraticProgram::row_multiplier(int row) const {
    for (int j = 0; j < active_count_; ++j) {
        if (active_[j] == 2 * size_ + row) return multipliers_[j];
    }
    return 0;
}

}  // namespace krb
