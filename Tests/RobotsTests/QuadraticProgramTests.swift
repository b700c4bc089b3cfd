import CRigidBody
import Geometry
import Testing

@Suite("Quadratic program")
struct QuadraticProgramTests {
    /// A random strictly convex problem.
    struct Problem {
        var size: Int
        var rowCount: Int
        var hessian: [Double]
        var gradient: [Double]
        var lower: [Double]
        var upper: [Double]
        var rows: [Double]
        var least: [Double]

        /// Bounds from wide to nearly shut; rows that a point inside the bounds satisfies.
        init(size: Int, rowCount: Int, tightness: Double, using generator: inout SplitMix64) {
            func random() -> Double { .random(in: -1...1, using: &generator) }
            let factor = (0..<size * (size + 2)).map { _ in random() }
            (self.size, self.rowCount) = (size, rowCount)
            hessian = [Double](repeating: 0, count: size * size)
            for i in 0..<size {
                for j in 0..<size {
                    hessian[i * size + j] =
                        (0..<size + 2).reduce(i == j ? 0.01 : 0) {
                            $0 + factor[i * (size + 2) + $1] * factor[j * (size + 2) + $1]
                        }
                }
            }
            gradient = (0..<size).map { _ in random() * 3 }
            lower = (0..<size).map { _ in -abs(random()) * tightness }
            upper = (0..<size).map { _ in abs(random()) * tightness }
            let inside = zip(lower, upper).map { Double.random(in: $0...$1, using: &generator) }
            let normals = (0..<rowCount * size).map { _ in random() }
            rows = normals
            least = (0..<rowCount).map { row in
                (0..<size).reduce(-abs(random()) * 0.05) { $0 + normals[row * size + $1] * inside[$1] }
            }
        }

        func solve(_ program: OpaquePointer) -> (status: krb_status, x: [Double], multipliers: [Double]) {
            var x = [Double](repeating: 0, count: size)
            var multipliers = [Double](repeating: 0, count: size + rowCount)
            let status = krb_qp_solve(
                program, Int32(size), hessian, gradient, lower, upper, Int32(rowCount), rows, least, &x, &multipliers)
            return (status, x, multipliers)
        }

        func rowValue(_ row: Int, _ x: [Double]) -> Double {
            (0..<size).reduce(-least[row]) { $0 + rows[row * size + $1] * x[$1] }
        }
    }

    @Test("the Karush–Kuhn–Tucker conditions hold on random problems, with and without active constraints")
    func optimality() throws {
        var program: OpaquePointer?
        #expect(krb_qp_create(35, 12, &program) == KRB_OK)
        let qp = try #require(program)
        defer { krb_qp_destroy(qp) }
        var generator = SplitMix64(seed: 11)
        var (activeBounds, activeRows, free) = (0, 0, 0)
        for trial in 0..<400 {
            let problem = Problem(
                size: .random(in: 1...35, using: &generator), rowCount: trial % 13,
                tightness: [0.02, 0.3, 30][trial % 3], using: &generator)
            let (status, x, multipliers) = problem.solve(qp)
            #expect(status == KRB_OK)
            for i in 0..<problem.size {
                var gradient = problem.gradient[i]
                for j in 0..<problem.size { gradient += problem.hessian[i * problem.size + j] * x[j] }
                for row in 0..<problem.rowCount {
                    gradient -= multipliers[problem.size + row] * problem.rows[row * problem.size + i]
                }
                #expect(abs(gradient - multipliers[i]) < 1e-7, "stationarity, trial \(trial)")
                #expect(x[i] >= problem.lower[i] && x[i] <= problem.upper[i])
                if multipliers[i] > 1e-7 { #expect(abs(x[i] - problem.lower[i]) < 1e-9) }
                if multipliers[i] < -1e-7 { #expect(abs(x[i] - problem.upper[i]) < 1e-9) }
                if multipliers[i] == 0 { free += 1 } else { activeBounds += 1 }
            }
            for row in 0..<problem.rowCount {
                let value = problem.rowValue(row, x)
                #expect(value > -1e-8)
                #expect(multipliers[problem.size + row] >= 0)
                if multipliers[problem.size + row] > 1e-7 {
                    #expect(abs(value) < 1e-8)
                    activeRows += 1
                }
            }
        }
        #expect(activeBounds > 500 && activeRows > 100 && free > 500)
    }

    @Test("no other choice of active bounds is better (every one tried)")
    func bruteForce() throws {
        var program: OpaquePointer?
        #expect(krb_qp_create(3, 0, &program) == KRB_OK)
        let qp = try #require(program)
        defer { krb_qp_destroy(qp) }
        var generator = SplitMix64(seed: 5)
        for _ in 0..<100 {
            let problem = Problem(size: 3, rowCount: 0, tightness: 0.5, using: &generator)
            let x = problem.solve(qp).x
            func cost(_ x: [Double]) -> Double {
                (0..<3).reduce(0) { sum, i in
                    sum + problem.gradient[i] * x[i]
                        + (0..<3).reduce(0) { $0 + 0.5 * x[i] * problem.hessian[i * 3 + $1] * x[$1] }
                }
            }
            // A grid over the box, its faces and corners included.
            var best = Double.infinity
            for index in 0..<(21 * 21 * 21) {
                let steps = [index % 21, index / 21 % 21, index / 441]
                let point = (0..<3).map { (i: Int) in
                    problem.lower[i] + (problem.upper[i] - problem.lower[i]) * Double(steps[i]) / 20
                }
                best = min(best, cost(point))
            }
            #expect(cost(x) <= best + 1e-12)
        }
    }

    @Test("a row that contradicts the bounds is given up, and the others are kept")
    func infeasible() throws {
        var program: OpaquePointer?
        #expect(krb_qp_create(2, 2, &program) == KRB_OK)
        let qp = try #require(program)
        defer { krb_qp_destroy(qp) }
        var x = [0.0, 0.0]
        let status = krb_qp_solve(
            qp, 2, [1, 0, 0, 1], [0, 0], [-1, -1], [1, 1], 2, [1, 0, 0, 1], [5, 0.5], &x, nil)
        #expect(status == KRB_INFEASIBLE)
        #expect(abs(x[1] - 0.5) < 1e-12 && abs(x[0]) <= 1)
        #expect(
            krb_qp_solve(qp, 2, [1, 0, 0, 1], [0, 0], [1, 0], [0, 1], 0, nil, nil, &x, nil) == KRB_INVALID_ARGUMENT)
    }
}
