#include "Workspace.hpp"

#include <algorithm>
#include <cmath>
#include <new>

using namespace krb;

krb_workspace::krb_workspace(const krb_model &m, int points)
    : model(m),
      rotation(m.bodies.size()),
      position(m.bodies.size()),
      axis(m.bodies.size()),
      anchor(m.bodies.size()),
      center(m.bodies.size()),
      center_of_mass(Vector3d::Zero()),
      block(3, m.dof()),
      touched(m.dof()),
      max_floor_points(points),
      program(m.dof(), points),
      subtree_mass(m.bodies.size()),
      subtree_moment(m.bodies.size()),
      normal(m.dof(), m.dof()),
      before(m.variables) {
    columns.resize(m.dof());
    block.setZero();
    const krb_pose origin = {{0, 0, 0}, {1, 0, 0, 0}};
    forward(origin, before.data());
}

void krb_workspace::forward(const krb_pose &root, const double *variables) {
    Vector3d moment = Vector3d::Zero();
    placed = false;
    for (size_t i = 0; i < model.bodies.size(); ++i) {
        const Body &body = model.bodies[i];
        if (body.parent < 0) {
            rotation[i] = quaternion(root.rotation).normalized().toRotationMatrix();
            position[i] = vector(root.position);
        } else {
            position[i] = position[body.parent] + rotation[body.parent] * body.offset;
            rotation[i].noalias() = rotation[body.parent] * body.rotation;
        }
        const double q = body.constant + (body.dof < 0 ? 0 : body.ratio * variables[body.dof - model.root_dof()]);
        axis[i].noalias() = rotation[i] * body.axis;
        if (body.kind == KRB_REVOLUTE) {
            anchor[i] = position[i] + rotation[i] * body.origin;
            // The columns of R exp(q [axis]) by Rodrigues' formula.
            const double s = std::sin(q), c = std::cos(q);
            Matrix3d turn = c * Matrix3d::Identity() + (1 - c) * body.axis * body.axis.transpose();
            const Vector3d a = s * body.axis;
            turn(0, 1) -= a.z();
            turn(0, 2) += a.y();
            turn(1, 0) += a.z();
            turn(1, 2) -= a.x();
            turn(2, 0) -= a.y();
            turn(2, 1) += a.x();
            rotation[i] = (rotation[i] * turn).eval();
            position[i] = anchor[i] - rotation[i] * body.origin;
        } else {
            if (body.kind == KRB_PRISMATIC) position[i] += q * axis[i];
            anchor[i] = position[i];
        }
        center[i] = position[i] + rotation[i] * body.center_of_mass;
        moment += body.mass * center[i];
    }
    center_of_mass = model.mass > 0 ? Vector3d(moment / model.mass) : position[0];
}

void krb_workspace::clear_block() {
    for (int i = 0; i < column_count; ++i) {
        block.col(columns[i]).setZero();
        touched[columns[i]] = 0;
    }
    column_count = 0;
}

/// Velocity of a point of `body` less that of a point of `reference` (or of the world).
void krb_workspace::point_block(int body, const Vector3d &p, int reference, const Vector3d &r) {
    clear_block();
    const Vector3d base = reference < 0 ? position[0] : r;
    if (model.floating) {
        if (reference < 0) {
            for (int k = 0; k < 3; ++k) add_column(k, Vector3d::Unit(k));
        }
        for (int k = 0; k < 3; ++k) add_column(3 + k, Vector3d::Unit(k).cross(p - base));
    }
    const auto velocity = [&](int i, const Vector3d &at) -> Vector3d {
        const Body &b = model.bodies[i];
        return b.ratio * (b.kind == KRB_PRISMATIC ? axis[i] : axis[i].cross(at - anchor[i]));
    };
    const auto &chain = model.bodies[body].chain;
    if (reference < 0) {
        for (int i : chain) add_column(model.bodies[i].dof, velocity(i, p));
        return;
    }
    // What both hang on turns the way from one to the other, and does not shift it.
    const auto &other = model.bodies[reference].chain;
    size_t common = 0;
    for (; common < std::min(chain.size(), other.size()) && chain[common] == other[common]; ++common) {
        const Body &b = model.bodies[chain[common]];
        if (b.kind != KRB_PRISMATIC) add_column(b.dof, b.ratio * axis[chain[common]].cross(p - r));
    }
    for (size_t i = common; i < chain.size(); ++i) add_column(model.bodies[chain[i]].dof, velocity(chain[i], p));
    for (size_t i = common; i < other.size(); ++i) add_column(model.bodies[other[i]].dof, -velocity(other[i], r));
}

void krb_workspace::height_row(const krb_floor_point &point, Eigen::Ref<Eigen::VectorXd> row) const {
    const Vector3d p = this->point(point.body, vector(point.point));
    row.setZero();
    if (model.floating) {
        row[2] = 1;
        row[3] = p.y() - position[0].y();
        row[4] = position[0].x() - p.x();
    }
    for (int i : model.bodies[point.body].chain) {
        const Body &b = model.bodies[i];
        const Vector3d arm = p - anchor[i];
        row[b.dof] += b.ratio * (b.kind == KRB_PRISMATIC ? axis[i].z() : axis[i].x() * arm.y() - axis[i].y() * arm.x());
    }
}

void krb_workspace::orientation_block(int body) {
    clear_block();
    if (model.floating) {
        for (int k = 0; k < 3; ++k) add_column(3 + k, Vector3d::Unit(k));
    }
    for (int i : model.bodies[body].chain) {
        const Body &b = model.bodies[i];
        if (b.kind == KRB_REVOLUTE) add_column(b.dof, b.ratio * axis[i]);
    }
}

/// A joint moves the centre of mass by what it moves the centre of the subtree that hangs on it.
void krb_workspace::center_of_mass_block() {
    clear_block();
    for (size_t i = 0; i < model.bodies.size(); ++i) {
        subtree_mass[i] = model.bodies[i].mass;
        subtree_moment[i] = model.bodies[i].mass * center[i];
    }
    for (size_t i = model.bodies.size() - 1; i > 0; --i) {
        subtree_mass[model.bodies[i].parent] += subtree_mass[i];
        subtree_moment[model.bodies[i].parent] += subtree_moment[i];
    }
    if (model.floating) {
        for (int k = 0; k < 3; ++k) {
            add_column(k, Vector3d::Unit(k));
            add_column(3 + k, Vector3d::Unit(k).cross(center_of_mass - position[0]));
        }
    }
    for (size_t i = 0; i < model.bodies.size(); ++i) {
        const Body &b = model.bodies[i];
        if (b.dof < 0 || model.mass <= 0) continue;
        const Vector3d moved = b.kind == KRB_PRISMATIC
            ? Vector3d(subtree_mass[i] * axis[i])
            : Vector3d(axis[i].cross(subtree_moment[i] - subtree_mass[i] * anchor[i]));
        add_column(b.dof, b.ratio / model.mass * moved);
    }
}

void krb_workspace::center_of_mass_jacobian(double *out) {
    center_of_mass_block();
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < model.dof(); ++column) out[row * model.dof() + column] = block(row, column);
    }
}

extern "C" krb_status krb_model_create(
    const krb_body *bodies, int32_t count, int32_t variables, int32_t floating, krb_model **out) {
    *out = nullptr;
    try {
        if (count < 1 || variables < 0) return KRB_INVALID_ARGUMENT;
        auto model = new krb_model;
        *out = model;
        model->variables = variables;
        model->floating = floating != 0;
        model->bodies.reserve(count);
        for (int i = 0; i < count; ++i) {
            const krb_body &b = bodies[i];
            const bool moves = b.kind != KRB_FIXED && b.variable >= 0;
            const bool sound = (i == 0 ? b.parent == -1 && b.kind == KRB_FIXED : b.parent >= 0 && b.parent < i)
                && b.variable < variables && b.mass >= 0 && (b.kind == KRB_FIXED || vector(b.axis).norm() > 1e-9);
            if (!sound) {
                delete model;
                *out = nullptr;
                return KRB_INVALID_ARGUMENT;
            }
            Body body;
            body.parent = b.parent;
            body.kind = b.kind;
            body.rotation = quaternion(b.placement.rotation).normalized().toRotationMatrix();
            body.offset = vector(b.placement.position);
            body.axis = vector(b.axis).normalized();
            body.origin = vector(b.origin);
            body.dof = moves ? model->root_dof() + b.variable : -1;
            body.ratio = b.ratio;
            body.constant = b.kind == KRB_FIXED ? 0 : b.constant;
            body.mass = b.mass;
            body.center_of_mass = vector(b.center_of_mass);
            if (b.parent >= 0) body.chain = model->bodies[b.parent].chain;
            if (moves) body.chain.push_back(i);
            model->mass += b.mass;
            model->bodies.push_back(std::move(body));
        }
        return KRB_OK;
    } catch (...) {
        delete *out;
        *out = nullptr;
        return KRB_OUT_OF_MEMORY;
    }
}

extern "C" void krb_model_destroy(krb_model *model) { delete model; }

extern "C" int32_t krb_model_dof(const krb_model *model) { return model->dof(); }

extern "C" krb_status krb_workspace_create(const krb_model *model, int32_t max_floor_points, krb_workspace **out) {
    *out = nullptr;
    try {
        if (max_floor_points < 0) return KRB_INVALID_ARGUMENT;
        *out = new krb_workspace(*model, max_floor_points);
        return KRB_OK;
    } catch (...) {
        return KRB_OUT_OF_MEMORY;
    }
}

extern "C" void krb_workspace_destroy(krb_workspace *workspace) { delete workspace; }

extern "C" krb_status krb_forward(krb_workspace *workspace, krb_pose root, const double *variables) {
    try {
        workspace->forward(root, variables);
        return workspace->center_of_mass.allFinite() ? KRB_OK : KRB_NOT_FINITE;
    } catch (...) {
        return KRB_INVALID_ARGUMENT;
    }
}

extern "C" krb_pose krb_body_pose(const krb_workspace *workspace, int32_t body) {
    return {vector(workspace->position[body]), quaternion(Quaterniond(workspace->rotation[body]))};
}

extern "C" krb_status krb_jacobians(const krb_workspace *workspace, double *out) {
    try {
        // Each body's columns are its parent's, carried to its own origin, and that of its own joint.
        const krb_model &model = workspace->model;
        const int dof = model.dof();
        for (size_t i = 0; i < model.bodies.size(); ++i) {
            const Body &body = model.bodies[i];
            double *linear = out + i * 6 * dof, *angular = linear + 3 * dof;
            std::fill(linear, linear + 6 * dof, 0.0);
            if (body.parent < 0) {
                for (int k = 0; model.floating && k < 3; ++k) {
                    linear[k * dof + k] = 1;
                    angular[k * dof + 3 + k] = 1;
                }
                continue;
            }
            const double *parent = out + body.parent * 6 * dof;
            const Vector3d arm = workspace->position[i] - workspace->position[body.parent];
            for (int column = 0; column < dof; ++column) {
                const Vector3d w(parent[3 * dof + column], parent[4 * dof + column], parent[5 * dof + column]);
                const Vector3d v = w.cross(arm);
                for (int k = 0; k < 3; ++k) {
                    linear[k * dof + column] = parent[k * dof + column] + v[k];
                    angular[k * dof + column] = w[k];
                }
            }
            if (body.dof < 0) continue;
            const bool turns = body.kind == KRB_REVOLUTE;
            const Vector3d axis = body.ratio * workspace->axis[i];
            const Vector3d v = turns ? axis.cross(workspace->position[i] - workspace->anchor[i]) : axis;
            for (int k = 0; k < 3; ++k) {
                linear[k * dof + body.dof] += v[k];
                if (turns) angular[k * dof + body.dof] += axis[k];
            }
        }
        return KRB_OK;
    } catch (...) {
        return KRB_INVALID_ARGUMENT;
    }
}

extern "C" krb_vector3 krb_center_of_mass(const krb_workspace *workspace) { return vector(workspace->center_of_mass); }

extern "C" krb_status krb_center_of_mass_jacobian(krb_workspace *workspace, double *out) {
    try {
        workspace->center_of_mass_jacobian(out);
        return KRB_OK;
    } catch (...) {
        return KRB_INVALID_ARGUMENT;
    }
}

extern "C" krb_vector3 krb_point(const krb_workspace *workspace, int32_t body, krb_vector3 point) {
    return vector(workspace->point(body, vector(point)));
}

extern "C" krb_rows krb_rows_current(krb_workspace *workspace) {
    return {workspace->block.data(), workspace->columns.data(), workspace->column_count};
}

extern "C" void krb_rows_clear(krb_workspace *workspace) { workspace->clear_block(); }

extern "C" void krb_rows_of_point(
    krb_workspace *workspace, int32_t body, krb_vector3 point, int32_t reference, krb_vector3 reference_point) {
    const krb_workspace &w = *workspace;
    const Vector3d p = w.point(body, vector(point));
    workspace->point_block(body, p, reference, reference < 0 ? p : w.point(reference, vector(reference_point)));
}

extern "C" void krb_rows_of_orientation(krb_workspace *workspace, int32_t body) { workspace->orientation_block(body); }

extern "C" void krb_rows_of_center_of_mass(krb_workspace *workspace) { workspace->center_of_mass_block(); }
