//===- ActivationShorthands.cpp - Encodings of activations, by name -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShorthandPieces.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"

using namespace lowbit;
using namespace mlir;
using Blocks = EncodingChoice::Blocks;

/// What follows `-static`: nothing, `-pN` or `-entropy`. Null if it is none.
static ClipAttr parseClip(StringRef text, MLIRContext *context) {
  if (text == "-entropy")
    return ClipAttr::get(context, FloatAttr());
  double percent = 100;
  if (!text.empty() &&
      (!text.consume_front("-p") || text.getAsDouble(percent) ||
       !(percent > 50 && percent <= 100)))
    return {};
  return ClipAttr::get(context,
                       FloatAttr::get(Float64Type::get(context), percent));
}

std::optional<EncodingChoice>
lowbit::parseActivationShorthand(StringRef text, MLIRContext *context) {
  EncodingChoice choice;
  if (text == "bf16") {
    choice.codec = "float<bf16>";
    choice.blocks = Blocks::None;
    return choice;
  }
  if (size_t place = text.find("-static"); place != StringRef::npos) {
    choice.clip = parseClip(
        text.drop_front(place + StringRef("-static").size()), context);
    if (!choice.clip)
      return std::nullopt;
    text = text.take_front(place);
  }
  bool isUnsigned = text.consume_front("u");
  auto [codec, blocks] = text.split("-per-");
  unsigned bits;
  if (!codec.consume_front("int") || codec.size() != 1 ||
      codec.getAsInteger(10, bits) || bits < 2 || bits > 8)
    return std::nullopt;
  choice.codec =
      (Twine(isUnsigned ? "affine<u" : "affine<i") + codec + ">").str();
  if (isUnsigned)
    choice.zeroPointBits = bits;
  // Percentiles are of all channels together.
  bool isOfBlocks = choice.clip && !choice.clip.isMinMax();
  if (blocks == "tensor") {
    choice.blocks = Blocks::Tensor;
  } else if (blocks == "channel" && choice.clip && !isOfBlocks) {
    choice.blocks = Blocks::Input;
  } else if (blocks == "token" && !choice.clip) {
    choice.blocks = Blocks::Channel;
  } else if (blocks.consume_front("g") && !choice.clip &&
             parsePositive(blocks, choice.group)) {
    choice.blocks = Blocks::Group;
  } else {
    return std::nullopt;
  }
  return choice;
}

ArrayRef<StringRef> lowbit::getActivationShorthands() {
  static constexpr StringRef names[] = {"int8-per-token",
                                        "int8-per-tensor",
                                        "int8-per-g128",
                                        "uint8-per-token",
                                        "uint8-per-tensor",
                                        "int8-per-tensor-static",
                                        "int8-per-channel-static",
                                        "uint8-per-tensor-static",
                                        "int8-per-tensor-static-p99.99",
                                        "int8-per-tensor-static-entropy",
                                        "bf16"};
  return names;
}
