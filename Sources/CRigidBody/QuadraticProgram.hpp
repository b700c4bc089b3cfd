#pragma once

#include <Eigen/Dense>
#include <vector>

namespace krb {

/// The dual active-set method of Goldfarb and Idnani ("A numerically stable dual method for solving strictly convex
/// quadratic programs", Mathematical Programming 27, 1983), with bounds kept apart from general inequalities.
///
/// It starts at the unconstrained minimum, so that no feasible start is needed, and adds violated constraints one at
/// a time; those that were active in the last call are tried first. Exact on its active set.
class QuadraticProgram {
public:
    QuadraticProgram(int max_size, int max_rows);

    enum class Status { optimal, infeasible, iteration_limit };

    /// Minimises x'Hx/2 + g'x subject to lower <= x <= upper and rows * x >= least, over the first `size` unknowns and
    /// the first `row_count` rows. The lower triangle of `hessian` is overwritten by its factor.
    Status solve(int size, int row_count);

    // Inputs, written by the caller; columns of `rows` are the constraints' normals.
    Eigen::MatrixXd hessian;
    Eigen::VectorXd gradient, lower, upper;
    Eigen::MatrixXd rows;
    Eigen::VectorXd least;

    // Outputs.
    Eigen::VectorXd x;
    int active_count() const { return active_count_; }
    int active_bounds() const;
    int dropped_rows() const { return dropped_rows_; }
    /// Multiplier of a constraint: bound of unknown i (positive: lower) or row.
    double bound_multiplier(int i) const;
    double row_multiplier(int row) const;

private:
    // Constraints are numbered: 2i lower bound of unknown i, 2i + 1 its upper bound, 2 size + j row j.
    double slack(int constraint) const;
    int most_violated() const;
    /// The size, filled up to whole vectors.
    int padded() const { return (size_ + 3) / 4 * 4; }
    void combine(int first, const double *coefficients, double *out) const;
    void project(int constraint);
    void add(int constraint);
    void remove(int position);
    void restart();

    int size_ = 0, row_count_ = 0, active_count_ = 0, dropped_rows_ = 0, iterations_ = 0;
    Eigen::MatrixXd basis_;     // L^-T times an orthogonal matrix; its first columns span the active normals
    Eigen::MatrixXd triangle_;  // R, upper triangular
    Eigen::VectorXd projected_, direction_, rate_, multipliers_, householder_, scratch_;
    Eigen::VectorXd lengths_;  // of the rows' normals
    std::vector<int> active_;
    std::vector<char> state_;      // by constraint: 1 active, 2 dropped
    std::vector<char> preferred_;  // by constraint: active at the end of the last call
    int preferred_size_ = -1;
};

}  // namespace krb
