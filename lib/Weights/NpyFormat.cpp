//===- NpyFormat.cpp - The format of NumPy arrays -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpyFormat.h"
#include "Memory.h"

#include <algorithm>
#include <bit>

using namespace lowbit::weights;

static_assert(std::endian::native == std::endian::little,
              "elements are read and written in the machine's byte order");

/// Reads everything before the data.
static Result<NpyHeader> readHeader(ByteReader &reader) {
  constexpr std::string_view magic = "\x93NUMPY";
  // Enough for 64 dimensions many times over; numpy.load takes 10,000.
  constexpr uint32_t longest = 1 << 20;
  char preamble[8] = {};
  if (reader.remaining() < sizeof(preamble))
    return Error{"is too short for an array; it is truncated or is not a .npy "
                 "file"};
  if (Status status = reader.read(std::as_writable_bytes(std::span(preamble)));
      !status)
    return status.takeError();
  if (!std::string_view(preamble, sizeof(preamble)).starts_with(magic))
    return Error{"does not begin as a .npy file does; save it with numpy.save"};
  int major = static_cast<unsigned char>(preamble[6]);
  int minor = static_cast<unsigned char>(preamble[7]);
  if (major < 1 || major > 3 || minor != 0)
    return Error{"has the unknown format version " + std::to_string(major) +
                 "." + std::to_string(minor) + "; save it with numpy.save"};
  uint32_t length = 0; // little endian, of 2 bytes or 4
  size_t lengthSize = major == 1 ? 2 : 4;
  if (reader.remaining() < lengthSize)
    return Error{"is truncated in its header; fetch it again"};
  if (Status status = reader.read(
          std::as_writable_bytes(std::span(&length, 1)).first(lengthSize));
      !status)
    return status.takeError();
  if (length > reader.remaining())
    return Error{"is truncated in its header, whose length is " +
                 std::to_string(length) + "; fetch it again"};
  if (length > longest)
    return Error{"its header of " + std::to_string(length) +
                 " bytes is too long for an array; the file is damaged"};
  std::string text(length, '\0');
  if (Status status = reader.read(std::as_writable_bytes(std::span(text)));
      !status)
    return status.takeError();
  return parseNpyHeader(text);
}

/// Moves elements of `width` bytes from Fortran order to row-major order.
static std::vector<std::byte> transpose(const std::vector<std::byte> &source,
                                        const std::vector<int64_t> &shape,
                                        size_t width) {
  std::vector<std::byte> result(source.size());
  // Walks the source in order; `index` is the position of the element, whose
  // first dimension varies fastest, and `place` its row-major place.
  std::vector<int64_t> index(shape.size(), 0);
  std::vector<uint64_t> strides(shape.size(), 1);
  for (size_t i = shape.size() - 1; i > 0; --i)
    strides[i - 1] = strides[i] * static_cast<uint64_t>(shape[i]);
  uint64_t place = 0;
  for (uint64_t at = 0; at < source.size(); at += width) {
    std::copy_n(source.data() + at, width, result.data() + place * width);
    for (size_t i = 0; i < shape.size(); ++i) {
      place += strides[i];
      if (++index[i] < shape[i])
        break;
      place -= strides[i] * static_cast<uint64_t>(shape[i]);
      index[i] = 0;
    }
  }
  return result;
}

Result<HostTensor> lowbit::weights::parseNpy(ByteReader &reader) {
  Result<NpyHeader> header = readHeader(reader);
  if (!header)
    return header.takeError();
  Result<uint64_t> size = storageSize(header->dtype, header->shape);
  if (!size)
    return Error{size.message() + "; the file is damaged"};
  if (*size != reader.remaining())
    return Error{"has " + std::to_string(reader.remaining()) +
                 " bytes of data, but " + shapeText(header->shape) + " of " +
                 std::string(name(header->dtype)) + " has " +
                 std::to_string(*size) +
                 "; it is truncated or damaged, fetch or write it again"};
  HostTensor tensor{header->dtype, std::move(header->shape), {}};
  if (Status status = checkMemory(*size); !status)
    return status.takeError();
  tensor.bytes.resize(*size);
  if (Status status = reader.read(tensor.bytes); !status)
    return status.takeError();
  // With one dimension or none the two orders are the same.
  if (header->fortranOrder && tensor.shape.size() > 1 && *size != 0) {
    if (Status status = checkMemory(*size); !status)
      return status.takeError();
    tensor.bytes =
        transpose(tensor.bytes, tensor.shape, bitWidth(tensor.dtype) / 8);
  }
  return tensor;
}
