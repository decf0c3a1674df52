#pragma once

#include <unistd.h>

#include <fstream>
#include <memory>

#include "drop_fixture.h"
#include "file_drop/folder_source.h"

namespace lianqiao::file_drop::test {

using namespace std::chrono_literals;

/// A gateway that stores what the source gives: the last cursor and every item, as the queue would.
class Life : public ::testing::Test {
 protected:
  Life() { restart({}); }

  void restart(Given given) {
    given.try_emplace("folder", drop_.path().native());
    given.try_emplace("settle_time", std::chrono::milliseconds(5000));
    source_ = std::make_unique<FolderSource>(readSettings(settingsWith(given)), host_);
  }

  Result<Batch> poll() {
    return source_->poll(cursor_, std::chrono::steady_clock::time_point::max());
  }

  /// Stores a batch as the gateway does; duplicates by body.
  std::vector<ItemVerdict> store(const Batch& batch) {
    std::vector<ItemVerdict> verdicts;
    for (const RawItem& item : batch.items) {
      ItemVerdict verdict;
      if (item.body.find("\"unread\":[") != std::string::npos) {
        verdicts.push_back(quarantine(item));
        continue;
      }
      const bool first = std::find(stored_.begin(), stored_.end(), item.body) == stored_.end();
      if (first) stored_.push_back(item.body);
      verdict.status = first ? ItemVerdict::Status::accepted : ItemVerdict::Status::duplicate;
      if (!item.problems.empty()) verdict.status = ItemVerdict::Status::quarantined;
      verdict.problems = item.problems;
      verdict.id = "R" + std::to_string(stored_.size());
      verdicts.push_back(std::move(verdict));
    }
    for (const std::string& id : batch.closes) exceptions_.erase(id);
    cursor_ = batch.cursor;
    return verdicts;
  }

  /// The same item is the same exception.
  ItemVerdict quarantine(const RawItem& item) {
    ItemVerdict verdict;
    verdict.status = ItemVerdict::Status::quarantined;
    for (const auto& [id, known] : exceptions_) {
      if (known.body == item.body) verdict.id = id;
    }
    if (verdict.id.empty()) verdict.id = "E" + std::to_string(++raised_);
    exceptions_[verdict.id] = item;
    return verdict;
  }

  /// Polls, stores and confirms until nothing is left; moves time so that files settle.
  void runAll() {
    for (int idle = 0; idle < 2;) {
      auto batch = poll();
      ASSERT_TRUE(batch.ok()) << batch.error().detail;
      const auto verdicts = store(*batch);
      const auto confirmed = source_->confirm(*batch, verdicts);
      ASSERT_TRUE(confirmed.ok()) << confirmed.error().detail;
      if (batch->more) continue;
      ++idle;
      host_.advance(6s);
    }
  }

  /// Polls as the gateway does, whatever comes of it.
  void pollManyTimes(int times) {
    for (int i = 0; i < times; ++i) {
      auto batch = poll();
      if (batch) {
        const auto verdicts = store(*batch);
        (void)source_->confirm(*batch, verdicts);
      }
      host_.advance(6s);
    }
  }

  std::string result(const std::string& name) {
    return lianqiao::test::readFile(drop_.path() / (name + ".result.csv"));
  }

  TempFolder drop_;
  lianqiao::test::FakeHost host_;
  std::unique_ptr<FolderSource> source_;
  std::string cursor_;
  std::vector<std::string> stored_;            ///< Bodies of items.
  std::map<std::string, RawItem> exceptions_;  ///< Open ones of what is not read.
  int raised_ = 0;
};

/// What this process has read so far, of files and all else. A process that is Unprivileged may not
/// ask.
inline std::uint64_t bytesRead() {
  const uid_t as = ::geteuid();
  if (::getuid() == 0) {
    EXPECT_EQ(::seteuid(0), 0);
  }
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t bytes = 0;
  io >> name >> bytes;
  if (::getuid() == 0) {
    EXPECT_EQ(::seteuid(as), 0);
  }
  EXPECT_GT(bytes, 0u);
  return bytes;
}

/// Opens files with the rights of "nobody" while it lives, because chmod stops no root.
class Unprivileged {
 public:
  Unprivileged() {
    if (::getuid() != 0) return;
    EXPECT_EQ(::seteuid(kNobody), 0);
  }
  ~Unprivileged() {
    if (::getuid() != 0) return;
    EXPECT_EQ(::seteuid(0), 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  static void give(const std::filesystem::path& path) {
    if (::getuid() == 0) {
      ASSERT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
    }
  }

 private:
  static constexpr uid_t kNobody = 65534;
};

}  // namespace lianqiao::file_drop::test
