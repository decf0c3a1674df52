#include "plugin/elf_reader.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "gateway/plugin/bad_plugins.h"
#include "lianqiao/abi.h"

namespace lianqiao::plugin {
namespace {

std::string goodImage() { return readBytes(badPlugins() / "good.so"); }

TEST(ElfReader, ReadsTheTagAsTheCompilerWroteIt) {
  const auto bytes = readExportedObject(goodImage(), "lianqiao_abi");
  ASSERT_TRUE(bytes) << bytes.error().detail;
  constexpr AbiTag kExpected = makeAbiTag("good");
  ASSERT_EQ(bytes->size(), sizeof(AbiTag));
  EXPECT_EQ(std::memcmp(bytes->data(), &kExpected, sizeof(AbiTag)), 0);
}

TEST(ElfReader, TellsFunctionsFromObjects) {
  const std::string image = goodImage();
  EXPECT_TRUE(exportsFunction(image, "lianqiao_descriptor"));
  EXPECT_FALSE(exportsFunction(image, "lianqiao_abi"));
  EXPECT_FALSE(exportsFunction(image, "lianqiao"));
  EXPECT_FALSE(readExportedObject(image, "lianqiao_descriptor"));
}

TEST(ElfReader, RefusesEveryTruncation) {
  const std::string image = goodImage();
  // The section headers, which every look-up needs, stand at the end of a file.
  const std::size_t step = image.size() / 499 + 1;
  for (std::size_t size = 0; size < image.size(); size += step) {
    EXPECT_FALSE(readExportedObject(std::string_view(image).substr(0, size), "lianqiao_abi"))
        << size;
  }
}

TEST(ElfReader, SurvivesEveryByteOfTheHeaderBeingWrong) {
  const std::string image = goodImage();
  for (std::size_t at = 0; at < sizeof(Elf64_Ehdr); ++at) {
    for (const char value : {'\x00', '\x01', '\x7F', '\x80', '\xFF'}) {
      std::string broken = image;
      broken[at] = value;
      if (const auto bytes = readExportedObject(broken, "lianqiao_abi"); !bytes) {
        EXPECT_FALSE(bytes.error().detail.empty());
      }
    }
  }
}

TEST(ElfReader, SurvivesScatteredDamage) {
  const std::string image = goodImage();
  Elf64_Ehdr header;
  std::memcpy(&header, image.data(), sizeof(header));
  std::mt19937 random(20240101);
  for (int round = 0; round < 3000; ++round) {
    std::string broken = image;
    for (int i = 0; i < 8; ++i) {
      // Half of the damage goes where the offsets stand.
      const std::size_t at = i % 2 == 0
                                 ? header.e_shoff + random() % (image.size() - header.e_shoff)
                                 : random() % 4096;
      broken[at % broken.size()] = static_cast<char>(random());
    }
    (void)readExportedObject(broken, "lianqiao_abi");
    (void)exportsFunction(broken, "lianqiao_descriptor");
  }
}

TEST(ElfReader, NamesTheMachineThatALibraryWasBuiltFor) {
  std::string image = goodImage();
  Elf64_Ehdr header;
  std::memcpy(&header, image.data(), sizeof(header));
  header.e_machine = EM_RISCV;
  std::memcpy(image.data(), &header, sizeof(header));
  const auto bytes = readExportedObject(image, "lianqiao_abi");
  ASSERT_FALSE(bytes);
  EXPECT_NE(bytes.error().detail.find("was built for another kind of machine (ELF machine 243"),
            std::string::npos);
}

TEST(ElfReader, RefusesObjectFilesAndPrograms) {
  std::string image = goodImage();
  Elf64_Ehdr header;
  std::memcpy(&header, image.data(), sizeof(header));
  header.e_type = ET_REL;
  std::memcpy(image.data(), &header, sizeof(header));
  const auto bytes = readExportedObject(image, "lianqiao_abi");
  ASSERT_FALSE(bytes);
  EXPECT_NE(bytes.error().detail.find("no shared object"), std::string::npos);
}

}  // namespace
}  // namespace lianqiao::plugin
