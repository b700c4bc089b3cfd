#pragma once

#include <Eigen/Dense>
#include <vector>

#include "CRigidBody.h"

namespace krb {

using Eigen::Matrix3d;
using Eigen::Quaterniond;
using Eigen::Vector3d;

inline Vector3d vector(krb_vector3 v) { return {v.x, v.y, v.z}; }
inline krb_vector3 vector(const Vector3d &v) { return {v.x(), v.y(), v.z()}; }
inline Quaterniond quaternion(krb_quaternion q) { return Quaterniond(q.w, q.x, q.y, q.z); }
inline krb_quaternion quaternion(const Quaterniond &q) { return {q.w(), q.x(), q.y(), q.z()}; }

struct Body {
    int parent;
    krb_joint_kind kind;
    Matrix3d rotation;  // in the parent at joint position 0
    Vector3d offset;
    Vector3d axis, origin;
    int dof;  // -1: the joint does not move
    double ratio, constant;
    double mass;
    Vector3d center_of_mass;
    std::vector<int> chain;  // moving bodies from the root to this one, itself included
};

}  // namespace krb

/// The immutable tree.
struct krb_model {
    std::vector<krb::Body> bodies;
    int variables = 0;
    bool floating = false;
    double mass = 0;

    int root_dof() const { return floating ? 6 : 0; }
    int dof() const { return root_dof() + variables; }
};
