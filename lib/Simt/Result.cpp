//===- Result.cpp - What a launch found wrong, in words -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/Result.h"

#include "Block.h"

using namespace lowbit::simt;

const char *lowbit::simt::name(Detector detector) {
  switch (detector) {
  case Detector::Deadlock:
    return "deadlock";
  case Detector::Divergence:
    return "divergence";
  case Detector::OutOfBounds:
    return "out-of-bounds";
  case Detector::Misaligned:
    return "misaligned";
  case Detector::Unwritten:
    return "unwritten";
  case Detector::Race:
    return "race";
  case Detector::MissingWait:
    return "missing-wait";
  case Detector::Trap:
    return "trap";
  case Detector::InvalidSite:
    return "invalid-site";
  case Detector::InvalidLaunch:
    return "invalid-launch";
  }
  return "unknown";
}

std::string Error::text() const {
  std::string text = location.empty() ? "" : location + ": ";
  text += name(detector) + std::string(": ") + message;
  if (detector != Detector::InvalidLaunch)
    text += " (block " + placeText(cta) + ", thread " + placeText(thread) + ")";
  return text;
}
