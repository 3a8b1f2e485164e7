// RUN: quant-opt %s --lowbit-expand-math --verify-diagnostics

func.func @vector(%x: vector<8xf64>, %y: f64) -> (vector<8xf64>, f64) {
  // expected-remark @+1 {{'math.exp' of 'vector<8xf64>' calls the C library for each element}}
  %0 = math.exp %x : vector<8xf64>
  // expected-remark @+1 {{'math.erfc' of 'vector<8xf64>' calls the C library for each element}}
  %1 = math.erfc %0 : vector<8xf64>
  // expected-remark @+1 {{'math.powf' of 'vector<8xf64>' calls the C library for each element}}
  %2 = math.powf %1, %0 : vector<8xf64>
  // expected-remark-re @+1 {{'math.log10' of 'f64' calls the C library{{$}}}}
  %3 = math.log10 %y : f64
  return %2, %3 : vector<8xf64>, f64
}

// Nothing to say: f32, and what processors have.
func.func @silent(%x: vector<8xf64>, %y: vector<8xf32>) -> (vector<8xf64>, vector<8xf32>) {
  %0 = math.sqrt %x : vector<8xf64>
  %1 = math.absf %0 : vector<8xf64>
  %2 = math.log10 %y : vector<8xf32>
  return %1, %2 : vector<8xf64>, vector<8xf32>
}
