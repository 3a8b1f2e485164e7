// The same with weights stored in f16 and cast to f32.

ml_program.global public @fc1.weight(#ml_program.extern<tensor<72x80xf16>>) : tensor<72x80xf16>
ml_program.global public @fc1.bias(#ml_program.extern<tensor<72xf32>>) : tensor<72xf32>
ml_program.global public @fc2.weight(#ml_program.extern<tensor<24x72xf16>>) : tensor<24x72xf16>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
func.func @main(%x: tensor<?x80xf32> {lowbit.name = "x"}) -> (tensor<?x24xf32> {lowbit.name = "y"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x80xf32>
  %w1s = ml_program.global_load_const @fc1.weight : tensor<72x80xf16>
  %b1 = ml_program.global_load_const @fc1.bias : tensor<72xf32>
  %w2s = ml_program.global_load_const @fc2.weight : tensor<24x72xf16>
  %w1e = tensor.empty() : tensor<72x80xf32>
  %w1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%w1s : tensor<72x80xf16>) outs(%w1e : tensor<72x80xf32>) {
  ^bb0(%a: f16, %o: f32):
    %v = arith.extf %a : f16 to f32
    linalg.yield %v : f32
  } -> tensor<72x80xf32>
  %w2e = tensor.empty() : tensor<24x72xf32>
  %w2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%w2s : tensor<24x72xf16>) outs(%w2e : tensor<24x72xf32>) {
  ^bb0(%a: f16, %o: f32):
    %v = arith.extf %a : f16 to f32
    linalg.yield %v : f32
  } -> tensor<24x72xf32>
  %t1e = tensor.empty() : tensor<80x72xf32>
  %t1 = linalg.transpose ins(%w1 : tensor<72x80xf32>) outs(%t1e : tensor<80x72xf32>) permutation = [1, 0]
  %e1 = tensor.empty(%m) : tensor<?x72xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x72xf32>) -> tensor<?x72xf32>
  %y1 = linalg.matmul ins(%x, %t1 : tensor<?x80xf32>, tensor<80x72xf32>) outs(%f1 : tensor<?x72xf32>) -> tensor<?x72xf32>
  %r1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%y1, %b1 : tensor<?x72xf32>, tensor<72xf32>) outs(%e1 : tensor<?x72xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    %v = arith.maximumf %s, %zero : f32
    linalg.yield %v : f32
  } -> tensor<?x72xf32>
  %t2e = tensor.empty() : tensor<72x24xf32>
  %t2 = linalg.transpose ins(%w2 : tensor<24x72xf32>) outs(%t2e : tensor<72x24xf32>) permutation = [1, 0]
  %e2 = tensor.empty(%m) : tensor<?x24xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x24xf32>) -> tensor<?x24xf32>
  %y2 = linalg.matmul ins(%r1, %t2 : tensor<?x72xf32>, tensor<72x24xf32>) outs(%f2 : tensor<?x24xf32>) -> tensor<?x24xf32>
  return %y2 : tensor<?x24xf32>
}
