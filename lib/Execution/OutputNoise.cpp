//===- OutputNoise.cpp - How far outputs are from those in float ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputNoise.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <cmath>
#include <limits>

using namespace lowbit;
using weights::DType;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static bool isReal(mlir::Type type) {
  return type.isF32() || type.isF64() || type.isF16() || type.isBF16();
}

static std::vector<double> toDoubles(const weights::HostTensor &tensor) {
  switch (tensor.dtype) {
  case DType::F64: {
    auto values = tensor.as<double>();
    return {values.begin(), values.end()};
  }
  case DType::F32: {
    auto values = tensor.as<float>();
    return {values.begin(), values.end()};
  }
  default: {
    auto widen = tensor.dtype == DType::F16
                     ? static_cast<float (*)(uint16_t)>(numerics::f32FromF16)
                     : static_cast<float (*)(uint16_t)>(numerics::f32FromBF16);
    std::vector<double> values;
    for (uint16_t bits : tensor.as<uint16_t>())
      values.push_back(widen(bits));
    return values;
  }
  }
}

/// The outputs in `places` of one run.
static llvm::Expected<std::vector<std::vector<double>>>
run(Program &program, const Sample &sample, llvm::ArrayRef<size_t> places) {
  std::vector<const weights::HostTensor *> inputs;
  for (const weights::HostTensor &tensor : sample)
    inputs.push_back(&tensor);
  auto tensors = program.run(inputs);
  if (!tensors)
    return tensors.takeError();
  std::vector<std::vector<double>> outputs;
  for (size_t place : places)
    outputs.push_back(toDoubles((*tensors)[place]));
  return outputs;
}

llvm::Expected<OutputNoise> OutputNoise::get(Program &program,
                                             std::vector<Sample> samples) {
  OutputNoise noise;
  noise.samples = std::move(samples);
  if (noise.samples.empty())
    return makeError("there are no samples to measure with");
  for (auto [place, port] : llvm::enumerate(program.getOutputs()))
    if (isReal(port.type.getElementType())) {
      noise.places.push_back(place);
      noise.outputs.push_back({port.name, 0});
    }
  if (noise.places.empty())
    return makeError("the model gives no floats, whose errors could be "
                     "measured");
  for (const Sample &sample : noise.samples) {
    auto outputs = run(program, sample, noise.places);
    if (!outputs)
      return outputs.takeError();
    for (auto [output, values] : llvm::zip_equal(noise.outputs, *outputs))
      for (double value : values)
        output.energy += value * value;
    noise.reference.push_back(std::move(*outputs));
  }
  for (const Sensitivity::Output &output : noise.outputs)
    if (!std::isfinite(output.energy) || output.energy == 0)
      return makeError(
          "output '" + output.name + "' is " +
          (output.energy == 0 ? "all zeros" : "not finite everywhere") +
          " on the samples: no error can be measured against it");
  return noise;
}

llvm::Expected<double> OutputNoise::measure(Program &program) const {
  std::vector<double> errors(outputs.size());
  for (auto [sample, expected] : llvm::zip_equal(samples, reference)) {
    auto actual = run(program, sample, places);
    if (!actual)
      return actual.takeError();
    for (size_t i = 0; i < outputs.size(); ++i)
      for (auto [x, y] : llvm::zip_equal(expected[i], (*actual)[i]))
        errors[i] += (y - x) * (y - x);
  }
  double share = 0;
  for (auto [error, output] : llvm::zip_equal(errors, outputs))
    share += error / output.energy / outputs.size();
  return std::isfinite(share) ? share : std::numeric_limits<double>::infinity();
}
