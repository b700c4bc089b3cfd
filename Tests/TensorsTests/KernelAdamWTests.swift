import CKernels
import Geometry
import Testing

@Suite("Kernels: AdamW")
struct KernelAdamWTests {
    @Test("Three steps agree with the algorithm in double precision", arguments: [1, 16, 37])
    func steps(n: Int) {
        var random = SplitMix64(seed: 40)
        var parameter = random.floats(n)
        var (m, v) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
        var expected = parameter.doubles
        var (first, second) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
        let (rate, beta1, beta2, eps, decay) = (0.01, 0.9, 0.99, 1e-8, 0.1)
        var (power1, power2) = (1.0, 1.0)
        for _ in 0..<3 {
            let gradient = random.floats(n)
            power1 *= beta1
            power2 *= beta2
            ck_adamw(
                n, &parameter, gradient, &m, &v, Float(rate), Float(beta1), Float(beta2), Float(eps), Float(decay),
                Float(1 - power1), Float(1 - power2))
            for i in 0..<n {
                let g = Double(gradient[i])
                first[i] = beta1 * first[i] + (1 - beta1) * g
                second[i] = beta2 * second[i] + (1 - beta2) * g * g
                let step = first[i] / (1 - power1) / ((second[i] / (1 - power2)).squareRoot() + eps)
                expected[i] -= rate * (step + decay * expected[i])
            }
        }
        expectClose(parameter, expected, tolerance: 1e-6, "parameter")
        expectClose(m, first, tolerance: 1e-6, "m")
        expectClose(v, second, tolerance: 1e-6, "v")
    }
}
