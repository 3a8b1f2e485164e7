// Each type is compared as it is: integers exactly, f64 in full, and what is
// equal, infinities too, has no error.

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.savez(r'%t/in.npz', long=np.array([2**53, -2**63, 5]), double=np.array([1.0, 1e300]), single=np.array([np.inf, -np.inf, 2], np.float32), flag=np.array([True, False]))"
// RUN: quant-run %s --input %t/in.npz --compare %t/in.npz --tolerance=0 | FileCheck %s --check-prefix=SAME
// SAME: long cosine 1.000000 SQNR inf dB largest error 0{{$}}
// SAME: double cosine 1.000000 SQNR inf dB largest error 0{{$}}
// SAME: single cosine 1.000000 SQNR inf dB largest error 0{{$}}
// SAME: flag cosine 1.000000 SQNR inf dB largest error 0{{$}}

// RUN: %python -c "import numpy as np; np.savez(r'%t/near.npz', long=np.array([2**53 + 1, 2**63 - 1, 5]), double=np.array([1 + 2**-40, 1e300]), single=np.array([np.inf, 1, 2], np.float32))"
// RUN: quant-run %s --input %t/in.npz --compare %t/near.npz | FileCheck %s --check-prefix=NEAR
// NEAR: long cosine -{{.*}} largest error 1.84e+19
// NEAR: double cosine 1.000000 SQNR inf dB largest error 9.09e-13
// NEAR: single cosine nan SQNR -inf dB largest error inf{{$}}
// NEAR-NEXT: flag not compared: {{.*}}near.npz has no 'flag'
// RUN: quant-run %s --input %t/in.npz --compare %t/near.npz --json | FileCheck %s --check-prefix=JSON
// JSON: "max_error": 9.0{{.*}}e-13,
// JSON: "not_compared": [
// JSON-NEXT: "flag"

// Signs of NaN are nobody's business.
// RUN: %python -c "import numpy as np; np.savez(r'%t/nan.npz', single=np.array([-np.nan, np.nan, np.inf], np.float32))"
// RUN: not quant-run %s --input %t/in.npz --compare %t/nan.npz --tolerance=1 > %t/nan.txt 2>&1
// RUN: FileCheck %s --check-prefix=NAN --implicit-check-not=-nan < %t/nan.txt
// NAN-DAG: single cosine nan SQNR nan dB largest error nan; NaN in 2 of the expected alone
// NAN-DAG: error: the largest error, nan, is above the tolerance, 1
func.func @main(%long: tensor<3xi64> {lowbit.name = "long"}, %double: tensor<2xf64> {lowbit.name = "double"},
                %single: tensor<3xf32> {lowbit.name = "single"}, %flag: tensor<2xi1> {lowbit.name = "flag"})
    -> (tensor<3xi64> {lowbit.name = "long"}, tensor<2xf64> {lowbit.name = "double"},
        tensor<3xf32> {lowbit.name = "single"}, tensor<2xi1> {lowbit.name = "flag"}) {
  return %long, %double, %single, %flag
    : tensor<3xi64>, tensor<2xf64>, tensor<3xf32>, tensor<2xi1>
}
