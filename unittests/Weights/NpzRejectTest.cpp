//===- NpzRejectTest.cpp - Broken archives of NumPy arrays ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "lowbit/Weights/Npz.h"

#include <zlib.h>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
/// The parts of an archive of one member, each of which a test can falsify.
struct Archive {
  std::string name = "w.npy";
  std::string data; // as stored
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t checksum = 0;
  uint64_t size = 0; // of the contents
  std::string localName = "w.npy";
  uint32_t offset = 0;
  uint16_t entries = 1;
  uint32_t compressed = 0;
  std::string extra;

  explicit Archive(const std::string &contents, bool deflated = false) {
    checksum = static_cast<uint32_t>(crc32_z(
        0, reinterpret_cast<const Bytef *>(contents.data()), contents.size()));
    size = contents.size();
    data = deflated ? deflate(contents) : contents;
    method = deflated ? 8 : 0;
    compressed = static_cast<uint32_t>(data.size());
  }

  static std::string deflate(const std::string &contents) {
    z_stream stream = {};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, contents.size()), '\0');
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<char *>(contents.data()));
    stream.avail_in = static_cast<uInt>(contents.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }

  template <typename T>
  static void put(std::string &out, T value) {
    out.append(reinterpret_cast<const char *>(&value), sizeof(T));
  }

  void common(std::string &out) const {
    put<uint16_t>(out, 20);
    put<uint16_t>(out, flags);
    put<uint16_t>(out, method);
    put<uint32_t>(out, 0);
    put<uint32_t>(out, checksum);
    put<uint32_t>(out, compressed);
    put<uint32_t>(out, static_cast<uint32_t>(size));
  }

  std::string local() const {
    std::string out = "PK\3\4";
    common(out);
    put<uint16_t>(out, static_cast<uint16_t>(localName.size()));
    put<uint16_t>(out, 0);
    return out + localName + data;
  }

  std::string central() const {
    std::string out = "PK\1\2";
    put<uint16_t>(out, 20);
    common(out);
    put<uint16_t>(out, static_cast<uint16_t>(name.size()));
    put<uint16_t>(out, static_cast<uint16_t>(extra.size()));
    out.append(10, '\0'); // comment, part, attributes
    put<uint32_t>(out, offset);
    return out + name + extra;
  }

  std::string end(size_t directorySize, size_t directoryOffset) const {
    std::string out("PK\5\6\0\0\0\0", 8);
    put<uint16_t>(out, entries);
    put<uint16_t>(out, entries);
    put<uint32_t>(out, static_cast<uint32_t>(directorySize));
    put<uint32_t>(out, static_cast<uint32_t>(directoryOffset));
    put<uint16_t>(out, 0);
    return out;
  }

  std::string bytes() const {
    return local() + central() + end(central().size(), local().size());
  }
};

/// Contents of a member: 3 bytes.
std::string array(const std::string &data = "abc") {
  std::string header = "{'descr':'|u1','fortran_order':False,'shape':(3,)}";
  std::string bytes("\223NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return bytes + header + data;
}

class NpzRejectTest : public WithFiles {
protected:
  testing::AssertionResult fails(const std::string &bytes,
                                 const std::string &reason) {
    std::string target = file("bad.npz", bytes);
    return failsWith(readNpz(target), target, reason);
  }
};
} // namespace

TEST_F(NpzRejectTest, NothingWhereTheArchiveIsRight) {
  for (bool deflated : {false, true}) {
    Result<TensorMap> tensors =
        readNpz(file("good.npz", Archive(array(), deflated).bytes()));
    ASSERT_TRUE(tensors.ok()) << tensors.message();
    EXPECT_EQ(text(tensors->find("w")->bytes), "abc");
  }
}

TEST_F(NpzRejectTest, AbsentFile) {
  EXPECT_TRUE(
      failsWith(readNpz(path("none.npz")), path("none.npz"), "no such file"));
}

TEST_F(NpzRejectTest, EmptyFile) { EXPECT_TRUE(fails("", "is empty")); }

TEST_F(NpzRejectTest, NoArchive) {
  EXPECT_TRUE(fails("short", "has no end of a zip archive"));
  EXPECT_TRUE(fails(std::string(100'000, 'x'), "has no end of a zip archive"));
}

TEST_F(NpzRejectTest, Truncated) {
  std::string bytes = Archive(array()).bytes();
  EXPECT_TRUE(fails(bytes.substr(0, bytes.size() - 1),
                    "has no end of a zip archive; it is truncated"));
}

TEST_F(NpzRejectTest, SeveralParts) {
  Archive archive(array());
  std::string bytes = archive.bytes();
  bytes[bytes.size() - 18] = 1;
  EXPECT_TRUE(fails(bytes, "is one part of an archive in several"));
}

TEST_F(NpzRejectTest, DirectoryOutsideTheFile) {
  Archive archive(array());
  EXPECT_TRUE(fails(
      archive.local() + archive.central() +
          archive.end(archive.central().size() + 1, archive.local().size()),
      "the directory of the archive is not in the file"));
  EXPECT_TRUE(fails(archive.local() + archive.central() +
                        archive.end(archive.central().size(), 0xfffffff0),
                    "the directory of the archive is not in the file"));
}

TEST_F(NpzRejectTest, DirectoryBroken) {
  Archive archive(array());
  EXPECT_TRUE(fails(
      archive.local() + archive.central() +
          archive.end(archive.central().size(), archive.local().size() - 1),
      "the directory of the archive is broken"));
  EXPECT_TRUE(fails(
      archive.local() + archive.central() +
          archive.end(archive.central().size() - 1, archive.local().size()),
      "the directory of the archive is broken"));
}

TEST_F(NpzRejectTest, WrongCountOfMembers) {
  Archive archive(array());
  archive.entries = 2;
  EXPECT_TRUE(fails(archive.bytes(),
                    "the directory has 1 members, not the 2 announced"));
}

TEST_F(NpzRejectTest, Zip64RecordMissing) {
  Archive archive(array());
  std::string directory = archive.central();
  EXPECT_TRUE(fails(archive.local() + directory +
                        archive.end(directory.size(), 0xffffffff),
                    "the zip64 record is missing"));
  EXPECT_TRUE(fails(archive.local() + directory +
                        archive.end(0xffffffff, archive.local().size()),
                    "the zip64 record is missing"));
  // A count of all ones may be a count.
  archive.entries = 0xffff;
  EXPECT_TRUE(fails(archive.bytes(),
                    "the directory has 1 members, not the 65535 announced"));
}

TEST_F(NpzRejectTest, Zip64RecordElsewhere) {
  Archive archive(array());
  std::string locator("PK\6\7\0\0\0\0\1\2\3\4\5\6\7\10\1\0\0\0", 20);
  EXPECT_TRUE(
      fails(archive.local() + archive.central() + locator +
                archive.end(archive.central().size(), archive.local().size()),
            "the zip64 record is not where the file says"));
}

TEST_F(NpzRejectTest, Zip64SizesMissing) {
  Archive archive(array());
  archive.size = 0xffffffff;
  EXPECT_TRUE(fails(archive.bytes(), "member 'w.npy' lacks its zip64 sizes"));
  archive.extra = std::string("\1\0\4\0abcd", 8); // too short
  EXPECT_TRUE(fails(archive.bytes(), "member 'w.npy' lacks its zip64 sizes"));
  archive.extra = std::string("\1\0\10\0abcd", 8); // cut off
  EXPECT_TRUE(fails(archive.bytes(), "member 'w.npy' lacks its zip64 sizes"));
}

TEST_F(NpzRejectTest, NameNotUtf8) {
  Archive archive(array());
  archive.name = archive.localName = "\xff.npy";
  EXPECT_TRUE(fails(archive.bytes(),
                    "member '\\xff.npy' has a name that is not UTF-8"));
}

TEST_F(NpzRejectTest, Encrypted) {
  Archive archive(array());
  archive.flags = 1;
  EXPECT_TRUE(fails(archive.bytes(), "member 'w.npy' is encrypted"));
}

TEST_F(NpzRejectTest, UnknownCompression) {
  Archive archive(array());
  archive.method = 14;
  EXPECT_TRUE(
      fails(archive.bytes(), "member 'w.npy' is compressed by method 14"));
}

TEST_F(NpzRejectTest, StoredSizesDiffer) {
  Archive archive(array());
  archive.size += 1;
  EXPECT_TRUE(fails(archive.bytes(), "is stored, but its two sizes differ"));
}

TEST_F(NpzRejectTest, BombByItsClaim) {
  Archive archive(array(), /*deflated=*/true);
  archive.size = 0xfffffff0;
  EXPECT_TRUE(fails(archive.bytes(),
                    "member 'w.npy' claims 4294967280 bytes, more than its"));
}

TEST_F(NpzRejectTest, LocalHeaderElsewhere) {
  Archive archive(array());
  archive.offset = 1;
  EXPECT_TRUE(fails(archive.bytes(), "is not where the directory says"));
  archive.offset = 0xfffffff0;
  EXPECT_TRUE(fails(archive.bytes(), "is not where the directory says"));
}

TEST_F(NpzRejectTest, LocalNameDiffers) {
  Archive archive(array());
  archive.localName = "v.npy";
  EXPECT_TRUE(fails(archive.bytes(), "has another name in its own header"));
}

TEST_F(NpzRejectTest, DataPastTheDirectory) {
  Archive archive(array());
  archive.compressed += 1;
  archive.size += 1;
  EXPECT_TRUE(fails(archive.bytes(), "reaches past the end of the file"));
}

TEST_F(NpzRejectTest, MembersOverlap) {
  Archive archive(array());
  archive.entries = 2;
  std::string twice = archive.central() + archive.central();
  EXPECT_TRUE(fails(archive.local() + twice +
                        archive.end(twice.size(), archive.local().size()),
                    "member 'w.npy' overlaps member 'w.npy'"));
}

TEST_F(NpzRejectTest, TensorTwice) {
  Archive first(array()), second(array());
  first.entries = 2;
  second.offset = static_cast<uint32_t>(first.local().size());
  std::string members = first.local() + second.local();
  std::string directory = first.central() + second.central();
  EXPECT_TRUE(
      fails(members + directory + first.end(directory.size(), members.size()),
            "tensor 'w': is in the archive twice"));
}

TEST_F(NpzRejectTest, MemberNotAnArrayFile) {
  Archive archive(array());
  archive.name = archive.localName = "readme.txt";
  EXPECT_TRUE(fails(archive.bytes(), "member 'readme.txt' is not a .npy file"));
}

TEST_F(NpzRejectTest, MemberNotAnArray) {
  EXPECT_TRUE(fails(Archive("not an array").bytes(),
                    "tensor 'w': does not begin as a .npy file does"));
}

TEST_F(NpzRejectTest, MemberLongerThanItsHeaderSays) {
  EXPECT_TRUE(fails(Archive(array("abcd")).bytes(),
                    "tensor 'w': has 4 bytes of data, but 3 of U8 has 3"));
  EXPECT_TRUE(fails(Archive(array(std::string(2000, 'a')), true).bytes(),
                    "tensor 'w': has 2000 bytes of data"));
}

TEST_F(NpzRejectTest, InflatesToLess) {
  Archive archive(array("ab"), /*deflated=*/true);
  archive.size += 1;
  EXPECT_TRUE(fails(archive.bytes(),
                    "tensor 'w': inflates to fewer bytes than the archive"));
}

TEST_F(NpzRejectTest, InflatesToMore) {
  Archive archive(array("abcd"), /*deflated=*/true);
  archive.size -= 1;
  EXPECT_TRUE(fails(archive.bytes(),
                    "tensor 'w': inflates to more bytes than the archive"));
}

TEST_F(NpzRejectTest, BrokenDeflate) {
  Archive archive(array(), /*deflated=*/true);
  archive.data[0] = 7; // a block of the type that does not exist
  EXPECT_TRUE(
      fails(archive.bytes(), "tensor 'w': its compressed data is broken"));
}

TEST_F(NpzRejectTest, DeflateWithoutEnd) {
  Archive archive(array(), /*deflated=*/true);
  // One stored block that is not the last: all bytes come, the end does not.
  uint16_t length = static_cast<uint16_t>(array().size());
  archive.data = std::string(1, '\0');
  Archive::put<uint16_t>(archive.data, length);
  Archive::put<uint16_t>(archive.data, static_cast<uint16_t>(~length));
  archive.data += array();
  archive.compressed = static_cast<uint32_t>(archive.data.size());
  EXPECT_TRUE(
      fails(archive.bytes(), "tensor 'w': its compressed data does not end"));
}

TEST_F(NpzRejectTest, BytesAfterDeflate) {
  Archive archive(array(), /*deflated=*/true);
  archive.data += "x";
  archive.compressed += 1;
  EXPECT_TRUE(fails(archive.bytes(), "tensor 'w': has unused bytes after its"));
}

TEST_F(NpzRejectTest, WrongChecksum) {
  for (bool deflated : {false, true}) {
    Archive archive(array(), deflated);
    archive.checksum ^= 1;
    EXPECT_TRUE(fails(archive.bytes(), "tensor 'w': its checksum is wrong"));
  }
}

TEST_F(NpzRejectTest, WriteOfNameThatZipLacks) {
  for (const std::string &name : {std::string("\xff"), std::string("a\0b", 3),
                                  std::string(70'000, 'n')}) {
    TensorMap tensors;
    EXPECT_TRUE(tensors.add(name, {DType::U8, {0}, {}}));
    EXPECT_TRUE(failsWith(writeNpz(path("a.npz"), tensors), path("a.npz"),
                          "a zip archive cannot hold this name"));
  }
  EXPECT_FALSE(std::filesystem::exists(path("a.npz")));
}

TEST_F(NpzRejectTest, WriteOfTypeThatNumPyLacks) {
  TensorMap tensors;
  EXPECT_TRUE(tensors.add("w", {DType::BF16, {0}, {}}));
  EXPECT_TRUE(failsWith(writeNpz(path("a.npz"), tensors), path("a.npz"),
                        "tensor 'w': NumPy has no type for BF16"));
  EXPECT_TRUE(names().empty());
}

TEST_F(NpzRejectTest, WriteIntoAbsentDirectory) {
  std::string target = path("none/a.npz");
  EXPECT_TRUE(
      failsWith(writeNpz(target, {}), target, "its directory does not exist"));
}
