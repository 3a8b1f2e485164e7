// Three layers, two of which share a weight.
!m = tensor<32x32xf32>
func.func @layers(%x: !m, %c: !m) -> (!m, !m, !m) {
  %w = arith.constant dense<1.0> : !m
  %v = arith.constant dense<2.0> : !m
  %a = linalg.matmul {lowbit.layer = "a"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %b = linalg.matmul {lowbit.layer = "b"} ins(%x, %v : !m, !m) outs(%c : !m) -> !m
  %d = linalg.matmul {lowbit.layer = "c"} ins(%b, %v : !m, !m) outs(%c : !m) -> !m
  return %a, %b, %d : !m, !m, !m
}
