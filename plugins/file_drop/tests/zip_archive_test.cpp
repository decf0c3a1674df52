#include "file_drop/zip_archive.h"

#include "drop_fixture.h"
#include "lianqiao/codes.h"

/// What a container costs is bounded before it is paid.
namespace lianqiao::file_drop::test {
namespace {

Result<ZipArchive> opened(const std::filesystem::path& file, std::shared_ptr<Pace> pace) {
  auto held = openForReading(file);
  if (!held) return held.error();
  return ZipArchive::open(std::move(*held), 1u << 20, std::move(pace));
}

// Deflate has blocks without content: 4 MiB of them make one byte here.
TEST(ZipArchive, PausesWithinPackedBytesThatMakeNothing) {
  std::string packed;
  while (packed.size() < 4u << 20) packed.append("\0\0\0\xFF\xFF", 5);
  packed.append("\1\1\0\xFE\xFFx", 6);
  ZipWriter zip;
  zip.addDeflated("a.xml", "x", packed);
  const TempFolder folder;
  constexpr std::uint64_t kStep = 64u << 10;
  const auto pace = std::make_shared<Pace>();
  pace->left = kStep;
  const auto archive = opened(folder.write("a.zip", zip.finish()), pace);
  ASSERT_TRUE(archive.ok()) << archive.error().detail;
  auto stream = archive->stream(*archive->find("A.XML"));
  ASSERT_TRUE(stream.ok()) << stream.error().detail;
  std::array<char, 16u << 10> block{};
  std::size_t pauses = 0;
  auto read = stream->read(block);
  for (; !read.ok() && isPaused(read.error()); read = stream->read(block)) {
    ++pauses;
    pace->left = kStep;
  }
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(std::string_view(block.data(), *read), "x");
  EXPECT_GE(pauses, (4u << 20) / kStep - 1);
  read = stream->read(block);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(*read, 0u) << "size and checksum are right";
}

TEST(ZipArchive, ReadsNoTableOfContentsBeyondItsLimits) {
  ZipWriter longNames;
  for (int i = 0; i < 150; ++i) {
    std::string name = std::to_string(i);
    name.resize(60'000, 'n');
    longNames.add(name, "", false);
  }
  ZipWriter many;
  for (int i = 0; i <= 10'000; ++i) many.add(std::to_string(i), "", false);
  const TempFolder folder;
  const auto refused = [&folder](const ZipWriter& zip, const char* why) {
    const auto archive = opened(folder.write("a.zip", zip.finish()), nullptr);
    ASSERT_FALSE(archive.ok());
    EXPECT_EQ(archive.error().code, codes::kDecodeLimit);
    EXPECT_THAT(archive.error().detail, ::testing::HasSubstr(why));
  };
  refused(longNames, "larger than 8 MiB");
  refused(many, "more than 10000 parts");
}

}  // namespace
}  // namespace lianqiao::file_drop::test
