#pragma once

#include <cmath>

#include "Model.hpp"
#include "QuadraticProgram.hpp"

namespace krb {

/// A capsule's axis by its middle and half its length, in the body, and in the world once placed.
struct Capsule {
    int body;
    Vector3d middle, half;
    Vector3d placed_middle, placed_half;
};

struct CapsulePair {
    int capsule[2];
    double reach;
    double bound;  // reach of the spheres around the capsules
};

/// A sphere around all watched capsules of a body, in the body and in the world once placed.
struct Hull {
    int body;
    Vector3d center;
    double radius;
    Vector3d placed;
};

/// Pairs of the same two bodies, one after the other in the list of all: most are passed over with one distance.
struct BodyPair {
    int hull[2];
    int first, end;
    double bound;  // reach of the spheres around the capsules of both
};

}  // namespace krb

/// Scratch memory of one thread: the kinematics of the current configuration, and the step of the solver.
struct krb_workspace {
    krb_workspace(const krb_model &model, int max_floor_points);

    const krb_model &model;

    // Current configuration, in the world.
    std::vector<krb::Matrix3d> rotation;
    std::vector<krb::Vector3d> position, axis, anchor, center;  // center: of mass, of the body
    krb::Vector3d center_of_mass;

    void forward(const krb_pose &root, const double *variables);
    krb::Vector3d point(int body, const krb::Vector3d &local) const { return position[body] + rotation[body] * local; }
    double height(const krb_floor_point &p) const {
        return position[p.body].z() + rotation[p.body].row(2).dot(krb::vector(p.point)) - p.height;
    }
    /// How the height of a point moves with the degrees of freedom.
    void height_row(const krb_floor_point &p, Eigen::Ref<Eigen::VectorXd> row) const;
    void center_of_mass_jacobian(double *out);

    // One row block of a least-squares problem, over the columns it touches.
    Eigen::Matrix<double, 3, Eigen::Dynamic> block;
    std::vector<int32_t> columns;  // the first `column_count` of it
    int column_count = 0;
    std::vector<char> touched;

    void clear_block();
    void add_column(int column, const krb::Vector3d &value) {
        if (!touched[column]) {
            touched[column] = 1;
            columns[column_count++] = column;
        }
        block.col(column) += value;
    }
    void point_block(int body, const krb::Vector3d &world_point, int reference, const krb::Vector3d &reference_point);
    void orientation_block(int body);
    void center_of_mass_block();

    /// Where two capsules are nearest, and their gap.
    struct Separation {
        krb::Vector3d at[2];
        krb::Vector3d normal;  // from the second to the first
        double gap;
    };
    int max_floor_points;
    std::vector<krb::Capsule> capsules;
    std::vector<krb::CapsulePair> pairs;
    std::vector<krb::Hull> hulls;
    std::vector<krb::BodyPair> body_pairs;
    bool placed = false;  // whether the capsules are where the current configuration has them

    void place_capsules();
    /// Sorts the pairs by bodies.
    void group_pairs();
    Separation separation(const krb::CapsulePair &pair) const;
    /// The nearest points of two axes; `normal` is the way between them, the gap is not known yet.
    Separation nearest(const krb::CapsulePair &pair) const;
    void direct(const krb::CapsulePair &pair, Separation &found, double distance) const;
    /// Whether the spheres around two placed capsules already leave a gap of this width, as most do.
    bool apart(const krb::CapsulePair &pair, double gap) const {
        const double bound = pair.bound + gap;
        const krb::Vector3d &a = capsules[pair.capsule[0]].placed_middle, &b = capsules[pair.capsule[1]].placed_middle;
        return bound <= 0 || (a - b).squaredNorm() > bound * bound;
    }
    /// Calls `visit(pair, separation)` for each watched pair whose gap is less than `gap`.
    template <typename Visit>
    void near_pairs(double gap, Visit visit) {
        place_capsules();
        for (const krb::BodyPair &bodies : body_pairs) {
            const double bound = bodies.bound + gap;
            const krb::Vector3d &a = hulls[bodies.hull[0]].placed, &b = hulls[bodies.hull[1]].placed;
            if (bound <= 0 || (a - b).squaredNorm() > bound * bound) continue;
            for (int index = bodies.first; index < bodies.end; ++index) {
                const krb::CapsulePair &pair = pairs[index];
                if (apart(pair, gap)) continue;
                Separation found = nearest(pair);
                const double limit = pair.reach + gap, square = found.normal.squaredNorm();
                if (limit <= 0 || square >= limit * limit) continue;
                direct(pair, found, std::sqrt(square));
                visit(pair, found);
            }
        }
    }
    /// A watched pair that is near, as found last.
    struct NearPair {
        const krb::CapsulePair *pair;
        Separation apart;
    };
    std::vector<NearPair> near;
    /// Keeps the watched pairs whose gap is less than `gap`.
    void gather(double gap) {
        near.clear();
        near_pairs(gap, [&](const krb::CapsulePair &pair, const Separation &apart) { near.push_back({&pair, apart}); });
    }
    void pair_block(const krb::CapsulePair &pair, const Separation &apart) {
        point_block(capsules[pair.capsule[0]].body, apart.at[0], capsules[pair.capsule[1]].body, apart.at[1]);
    }

    krb::QuadraticProgram program;
    Eigen::VectorXd subtree_mass;
    std::vector<krb::Vector3d> subtree_moment;
    Eigen::MatrixXd normal;  // lower triangle of the normal equations
    std::vector<double> before;
};
