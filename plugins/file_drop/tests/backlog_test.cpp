#include <dirent.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "life_fixture.h"

namespace {

std::atomic<std::uint64_t> calls{0};

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// What the adapter asks the system about folders is counted on its way there, by whichever of its
// names: that depends on the macros with which a file is compiled.
extern "C" {
[[gnu::visibility("default")]] struct dirent* countedReaddir(DIR* listing) __asm__("readdir");
[[gnu::visibility("default")]] struct dirent* countedReaddir64(DIR* listing) __asm__("readdir64");
[[gnu::visibility("default")]] int countedFstatat(int folder, const char* name, struct stat* info,
                                                  int flags) noexcept __asm__("fstatat");
[[gnu::visibility("default")]] int countedFstatat64(int folder, const char* name, struct stat* info,
                                                    int flags) noexcept __asm__("fstatat64");

struct dirent* countedReaddir(DIR* listing) {
  return countedReaddir64(listing);
}
struct dirent* countedReaddir64(DIR* listing) {
  static const auto next = real<struct dirent* (*)(DIR*)>("readdir64");
  ++calls;
  return next(listing);
}
int countedFstatat(int folder, const char* name, struct stat* info, int flags) noexcept {
  return countedFstatat64(folder, name, info, flags);
}
int countedFstatat64(int folder, const char* name, struct stat* info, int flags) noexcept {
  static const auto next = real<int (*)(int, const char*, struct stat*, int)>("fstatat64");
  ++calls;
  return next(folder, name, info, flags);
}
}

namespace lianqiao::file_drop::test {
namespace {

struct Cost {
  double calls = 0;  ///< A file: entries listed and names examined.
  double microseconds = 0;
};

/// Takes `files` ledgers of one row each that lie in one folder.
Cost costOf(int files) {
  const TempFolder drop(true);
  for (int i = 0; i < files; ++i)
    (void)drop.write("a" + std::to_string(i) + ".csv", "k\n" + std::to_string(i) + "\n");
  lianqiao::test::FakeHost host;
  const Settings settings = settingsWith({{"folder", drop.path().native()}});
  FolderSource source(readSettings(settings), host);
  std::string cursor;
  int rows = 0;
  calls = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int idle = 0; idle < 2;) {
    auto batch = source.poll(cursor, std::chrono::steady_clock::time_point::max());
    EXPECT_TRUE(batch.ok());
    if (!batch) break;
    rows += static_cast<int>(batch->items.size());
    cursor = batch->cursor;
    EXPECT_TRUE(source.confirm(*batch, std::vector<ItemVerdict>(batch->items.size())).ok());
    if (batch->more) continue;
    ++idle;
    host.advance(std::chrono::seconds(6));
  }
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(rows, files);
  return {static_cast<double>(calls) / files, time.count() / files};
}

// Each file cost a listing of all others: 100,000 files would have taken days.
// Rule: a file costs the same however many lie beside it.
TEST(Backlog, AFileCostsTheSameHoweverManyLieBesideIt) {
  const char* asked = std::getenv("LIANQIAO_BACKLOG_FILES");
  const int many = asked == nullptr ? 3000 : std::atoi(asked);
  const Cost few = costOf(100);
  const Cost most = costOf(many);
  std::cout << "files=100 calls=" << few.calls << " us=" << few.microseconds << "\nfiles=" << many
            << " calls=" << most.calls << " us=" << most.microseconds
            << " ratio=" << most.microseconds / few.microseconds << "\n";
  EXPECT_GT(few.calls, 1) << "they are counted";
  EXPECT_LE(most.calls, 2 * few.calls);
}

// Files without a row were all taken in one poll, however many.
// Rule: a poll takes a bounded number of files.
TEST(Backlog, OnePollTakesABoundedNumberOfFilesWithoutRows) {
  const TempFolder drop(true);
  for (int i = 0; i < 1000; ++i) (void)drop.write("a" + std::to_string(i) + ".csv", "k\n");
  lianqiao::test::FakeHost host;
  FolderSource source(readSettings(settingsWith({{"folder", drop.path().native()}})), host);
  const auto archived = [&] { return namesIn(drop.path() / "archive").size(); };
  ASSERT_TRUE(source.poll("", std::chrono::steady_clock::time_point::max()).ok());
  host.advance(std::chrono::seconds(31));
  for (bool more = true; more;) {
    const std::size_t before = archived();
    auto batch = source.poll("", std::chrono::steady_clock::time_point::max());
    ASSERT_TRUE(batch.ok());
    EXPECT_LE(archived() - before, 128u);
    more = batch->more;
  }
  EXPECT_EQ(archived(), 1000u);
}

}  // namespace
}  // namespace lianqiao::file_drop::test
