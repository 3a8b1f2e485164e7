//===- StoredTensor.cpp - Encoded tensors without their IR ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredTensor.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"

#include <cstring>

using namespace lowbit;
using namespace mlir;

/// The inverse of weights::shapeText; nothing for text that it does not write.
static std::optional<numerics::Shape> parseShape(StringRef text) {
  numerics::Shape shape;
  if (text == "scalar")
    return shape;
  SmallVector<StringRef> sizes;
  text.split(sizes, 'x');
  for (StringRef size : sizes)
    if (size.getAsInteger(10, shape.emplace_back()) || shape.back() < 0)
      return std::nullopt;
  return shape;
}

/// The encoding of that text, which has to fit a tensor of `shape`. What is
/// wrong goes to `problem`.
static EncodingAttr parseEncoding(const std::string &text,
                                  ArrayRef<int64_t> shape, MLIRContext *context,
                                  std::string &problem) {
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (problem.empty())
      problem = diagnostic.str();
    return success();
  });
  auto encoding =
      dyn_cast_if_present<EncodingAttr>(parseAttribute(text, context));
  if (!encoding) {
    if (problem.empty())
      problem = "it is another attribute";
    return {};
  }
  if (failed(encoding.verifyEncoding(shape, Float32Type::get(context), [&] {
        return emitError(UnknownLoc::get(context));
      })))
    return {};
  if (auto error =
          numerics::verifyFormat(shape, encoding.getFormat(shape.size()))) {
    problem = error->message;
    return {};
  }
  return encoding;
}

static llvm::Error makeStepError(const weights::WeightsFile &file,
                                 const llvm::Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 file.path() + ": " + text);
}

static llvm::Expected<RealFactors> readFactors(const weights::WeightsFile &file,
                                               StringRef name,
                                               ArrayRef<int64_t> shape,
                                               int64_t axis) {
  std::string tensor = getFactorsName(name, axis);
  const weights::TensorView *view = file.find(tensor);
  if (!view || axis < 0 || axis >= int64_t(shape.size()) ||
      view->dtype != weights::DType::F32 ||
      !llvm::equal(view->shape, shape.slice(axis, 1)))
    return makeStepError(file, "has no tensor '" + tensor +
                                   "' of the factors that '" + name +
                                   "' was multiplied by");
  RealFactors factors;
  std::vector<float> storage;
  std::span<const float> values =
      StoredReals{view->dtype, view->bytes()}.read(0, shape[axis], storage);
  factors.values.assign(values.begin(), values.end());
  factors.axis = axis;
  factors.stride = numerics::numElements(shape.drop_front(axis + 1));
  factors.type = weights::DType::F32;
  return factors;
}

static llvm::Expected<RealSelection>
readSelection(const weights::WeightsFile &file, StringRef name,
              ArrayRef<int64_t> shape, StringRef text) {
  RealSelection selection;
  auto [axis, size] = text.split(" of ");
  if (axis.getAsInteger(10, selection.axis) ||
      size.getAsInteger(10, selection.size) || selection.axis < 0 ||
      selection.axis >= int64_t(shape.size()) || selection.size < 0)
    return makeStepError(file, "the channels of its source that '" + name +
                                   "' has are an axis and its size, not '" +
                                   text + "'");
  std::string tensor = getIndicesName(name);
  const weights::TensorView *view = file.find(tensor);
  if (!view || view->dtype != weights::DType::I64 ||
      !llvm::equal(view->shape, shape.slice(selection.axis, 1)))
    return makeStepError(file, "has no tensor '" + tensor +
                                   "' of the channels of its source that '" +
                                   name + "' has");
  selection.indices.resize(shape[selection.axis]);
  std::memcpy(selection.indices.data(), view->data, view->size);
  for (auto [place, index] : llvm::enumerate(selection.indices))
    if (index < 0 || index >= selection.size)
      return makeStepError(
          file, "'" + tensor + "' has " + llvm::Twine(index) + " at [" +
                    llvm::Twine(place) + "], but the source of '" + name +
                    "' has channels 0 to " + llvm::Twine(selection.size - 1));
  selection.stride =
      numerics::numElements(shape.drop_front(selection.axis + 1));
  return selection;
}

llvm::Expected<RealSteps> lowbit::readSteps(const weights::WeightsFile &file,
                                            StringRef name,
                                            ArrayRef<int64_t> shape,
                                            const StoredOrigin &origin) {
  RealSteps steps;
  if (!origin.selection.empty()) {
    auto selection = readSelection(file, name, shape, origin.selection);
    if (!selection)
      return selection.takeError();
    steps.selection = *std::move(selection);
  }
  for (int64_t axis : origin.factorAxes) {
    auto factors = readFactors(file, name, shape, axis);
    if (!factors)
      return factors.takeError();
    steps.factors.push_back(*std::move(factors));
  }
  return steps;
}

numerics::Shape lowbit::getSourceShape(ArrayRef<int64_t> shape,
                                       const RealSteps &steps) {
  numerics::Shape source(shape.begin(), shape.end());
  if (steps.selection)
    source[steps.selection->axis] = steps.selection->size;
  return source;
}

static llvm::Error makeTensorError(const weights::WeightsFile &file,
                                   StringRef name, const llvm::Twine &reason) {
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      weights::tensorError(file.path(), name, reason.str()).message);
}

llvm::Expected<std::pair<numerics::Shape, EncodingAttr>>
lowbit::readStoredForm(const weights::WeightsFile &file, StringRef name,
                       MLIRContext *context) {
  StoredEncoding stored = getStoredEncoding(file.metadata(), name);
  std::optional<numerics::Shape> shape = parseShape(stored.shape);
  if (!shape)
    return makeTensorError(file, name,
                           "the file's metadata give it the shape '" +
                               stored.shape + "'");
  std::string problem;
  EncodingAttr encoding =
      parseEncoding(stored.encoding, *shape, context, problem);
  if (!encoding)
    return makeTensorError(
        file, name,
        "the file's metadata give it an encoding that it cannot have, " +
            stored.encoding + ": " + problem);
  return std::pair(*std::move(shape), encoding);
}

llvm::Expected<StoredTensor>
StoredTensor::read(const weights::WeightsFile &file, StringRef name,
                   MLIRContext *context) {
  auto fail = [&](const llvm::Twine &reason) {
    return makeTensorError(file, name, reason);
  };
  auto form = readStoredForm(file, name, context);
  if (!form)
    return form.takeError();
  auto [shape, encoding] = *std::move(form);
  StoredEncoding stored = getStoredEncoding(file.metadata(), name);
  StoredTensor tensor{name.str(), stored.origin.source, shape, encoding, {},
                      {}};
  for (auto [kind, decl] : llvm::zip(encoding.getPartKinds(),
                                     declareParts(name, encoding, shape))) {
    const weights::TensorView *view = file.find(decl.name);
    if (!view)
      return fail("the file has no '" + decl.name + "', a part of it");
    if (view->dtype != decl.dtype || view->shape != decl.shape)
      return fail("'" + decl.name + "' is " + weights::shapeText(view->shape) +
                  " of " + std::string(weights::name(view->dtype)) +
                  ", but the encoding asks for " +
                  weights::shapeText(decl.shape) + " of " +
                  std::string(weights::name(decl.dtype)));
    tensor.parts.push_back({kind, view});
  }
  auto steps = readSteps(file, name, shape, stored.origin);
  if (!steps)
    return steps.takeError();
  tensor.steps = *std::move(steps);
  return tensor;
}

int64_t StoredTensor::size() const {
  int64_t bytes = 0;
  for (const Part &part : parts)
    bytes += part.tensor->size;
  return bytes;
}

double StoredTensor::bitsPerWeight() const {
  int64_t elements = numerics::numElements(shape);
  return elements == 0 ? 0 : 8.0 * size() / elements;
}

numerics::Format StoredTensor::format() const {
  return encoding.getFormat(shape.size());
}

numerics::PartsView StoredTensor::view() const {
  numerics::PartsView view;
  for (const Part &part : parts)
    view[part.kind] = {reinterpret_cast<const uint8_t *>(part.tensor->data),
                       static_cast<size_t>(part.tensor->size)};
  return view;
}
