import CKernels
import Testing

#if canImport(Glibc)
    import Glibc

    @Suite("BLAS")
    struct BLASTests {
        @Test("OpenBLAS takes no kernels of 2004 on a processor that can do more")
        func kernels() throws {
            typealias CoreName = @convention(c) () -> UnsafePointer<CChar>?
            guard ck_isa_level() >= 3, let symbol = dlsym(nil, "openblas_get_corename") else { return }
            let name = try #require(unsafeBitCast(symbol, to: CoreName.self)())
            #expect(String(cString: name) != "Prescott")
        }
    }
#endif
