#pragma once

#include "Model.hpp"
#include "QuadraticProgram.hpp"

/// Scratch memory of one thread: the kinematics of the current configuration, and the step of the solver.
struct krb_workspace {
    krb_workspace(const krb_model &model, int max_rows);

    const krb_model &model;

    // Current configuration, in the world.
    std::vector<krb::Matrix3d> rotation;
    std::vector<krb::Vector3d> position, axis, anchor, center;  // center: of mass, of the body
    krb::Vector3d center_of_mass;

    void forward(const krb_pose &root, const double *variables);
    krb::Vector3d point(int body, const krb::Vector3d &local) const { return position[body] + rotation[body] * local; }
    void center_of_mass_jacobian(double *out);

    // One row block of a least-squares problem, over the columns it touches.
    Eigen::Matrix<double, 3, Eigen::Dynamic> block;
    std::vector<int> columns;
    std::vector<char> touched;

    void clear_block();
    void add_column(int column, const krb::Vector3d &value);
    void point_block(int body, const krb::Vector3d &world_point, int reference, const krb::Vector3d &reference_point);
    void orientation_block(int body);
    void center_of_mass_block();

    /// Row of the problem that says how fast two capsules come apart, and their gap.
    struct Separation {
        krb::Vector3d at[2];
        krb::Vector3d normal;  // from the second to the first
        double gap;
    };
    Separation separation(const krb_capsule_pair &pair) const;
    /// Whether the spheres around two capsules already leave a gap of this width.
    bool apart(const krb_capsule_pair &pair, double gap) const;

    krb::QuadraticProgram program;
    Eigen::VectorXd subtree_mass;
    std::vector<krb::Vector3d> subtree_moment;
    Eigen::MatrixXd normal;  // lower triangle of the normal equations
    std::vector<double> before;
};
