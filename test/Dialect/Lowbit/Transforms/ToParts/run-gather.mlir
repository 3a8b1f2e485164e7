// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed: rows 2, 0 and 2 of encoded tables.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#bytes = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func private @bytes(%x: tensor<3x5xf32>, %ids: tensor<?xi64>, %o: tensor<?x5xf32>) {
  vector.print str "bytes\n"
  // CHECK-LABEL: {{^}}bytes{{$}}
  %table = lowbit.encode %x : tensor<3x5xf32> to tensor<3x5xf32, #bytes>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%ids : tensor<?xi64>) outs(%o : tensor<?x5xf32>) {
  ^bb0(%id: i64, %out: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %v = tensor.extract %table[%row, %column] : tensor<3x5xf32, #bytes>
    linalg.yield %v : f32
  } -> tensor<?x5xf32>
  %u = tensor.cast %y : tensor<?x5xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}15, 0, 2.00787, -8.0315, -4.96063]
  // CHECK-NEXT: {{ *\[+}}1.00787, -2.01575, 0.503937, 4, 2.99213]
  // CHECK-NEXT: {{ *\[+}}15, 0, 2.00787, -8.0315, -4.96063]
  return
}

#nibbles = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 1, zero_point = u4>

func.func private @nibbles(%x: tensor<3x5xf32>, %ids: tensor<?xi64>, %o: tensor<?x5xf32>) {
  vector.print str "nibbles\n"
  // CHECK-LABEL: {{^}}nibbles{{$}}
  %table = lowbit.encode %x : tensor<3x5xf32> to tensor<3x5xf32, #nibbles>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%ids : tensor<?xi64>) outs(%o : tensor<?x5xf32>) {
  ^bb0(%id: i64, %out: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %v = tensor.extract %table[%row, %column] : tensor<3x5xf32, #nibbles>
    linalg.yield %v : f32
  } -> tensor<?x5xf32>
  %u = tensor.cast %y : tensor<?x5xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}15, 0, 1.99951, -7.99805, -4.99878]
  // CHECK-NEXT: {{ *\[+}}0.999756, -1.99951, 0.533203, 3.99902, 2.99927]
  // CHECK-NEXT: {{ *\[+}}15, 0, 1.99951, -7.99805, -4.99878]
  return
}

#levels = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<3> along 1>

func.func private @levels(%x: tensor<3x5xf32>, %ids: tensor<?xi64>, %o: tensor<?x5xf32>) {
  vector.print str "levels\n"
  // CHECK-LABEL: {{^}}levels{{$}}
  %table = lowbit.encode %x : tensor<3x5xf32> to tensor<3x5xf32, #levels>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%ids : tensor<?xi64>) outs(%o : tensor<?x5xf32>) {
  ^bb0(%id: i64, %out: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %v = tensor.extract %table[%row, %column] : tensor<3x5xf32, #levels>
    linalg.yield %v : f32
  } -> tensor<?x5xf32>
  %u = tensor.cast %y : tensor<?x5xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}15, 0, 2.41395, -8, -5.56954]
  // CHECK-NEXT: {{ *\[+}}0.88142, -2, 0.492225, 4, 2.89183]
  // CHECK-NEXT: {{ *\[+}}15, 0, 2.41395, -8, -5.56954]
  return
}

#straddling = #lowbit.encoding<#lowbit.affine<i3>, scale = f32 per axis<1>>

func.func private @straddling(%x: tensor<3x5xf32>, %ids: tensor<?xi64>, %o: tensor<?x5xf32>) {
  vector.print str "straddling\n"
  // CHECK-LABEL: {{^}}straddling{{$}}
  %table = lowbit.encode %x : tensor<3x5xf32> to tensor<3x5xf32, #straddling>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%ids : tensor<?xi64>) outs(%o : tensor<?x5xf32>) {
  ^bb0(%id: i64, %out: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %v = tensor.extract %table[%row, %column] : tensor<3x5xf32, #straddling>
    linalg.yield %v : f32
  } -> tensor<?x5xf32>
  %u = tensor.cast %y : tensor<?x5xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}15, 0, 2.33333, -8, -5]
  // CHECK-NEXT: {{ *\[+}}0, -2.33333, 0, 5.33333, 3.33333]
  // CHECK-NEXT: {{ *\[+}}15, 0, 2.33333, -8, -5]
  return
}

func.func @main() {
  %x = arith.constant dense<[[1.0, -2.0, 0.5, 4.0, 3.0], [0.0, -7.0, 7.0, 3.5, -1.0], [15.0, 0.0, 2.0, -8.0, -5.0]]> : tensor<3x5xf32>
  %ids = arith.constant dense<[2, 0, 2]> : tensor<3xi64>
  %i = tensor.cast %ids : tensor<3xi64> to tensor<?xi64>
  %zeros = arith.constant dense<0.0> : tensor<3x5xf32>
  %o = tensor.cast %zeros : tensor<3x5xf32> to tensor<?x5xf32>
  call @bytes(%x, %i, %o) : (tensor<3x5xf32>, tensor<?xi64>, tensor<?x5xf32>) -> ()
  call @nibbles(%x, %i, %o) : (tensor<3x5xf32>, tensor<?xi64>, tensor<?x5xf32>) -> ()
  call @levels(%x, %i, %o) : (tensor<3x5xf32>, tensor<?xi64>, tensor<?x5xf32>) -> ()
  call @straddling(%x, %i, %o) : (tensor<3x5xf32>, tensor<?xi64>, tensor<?x5xf32>) -> ()
  return
}
