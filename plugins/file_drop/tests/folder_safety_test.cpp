#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fstream>

#include "file_drop/folder.h"
#include "lianqiao/codes.h"
#include "life_fixture.h"

namespace lianqiao::file_drop::test {
namespace {

namespace fs = std::filesystem;
using lianqiao::test::readFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Somebody who may write the drop folder, and what is the gateway's own and not his.
class Hostile : public Life {
 protected:
  Hostile() {
    fs::create_directories(own_.path() / "redis");
    own_.write("spool.db", kSecret);
    own_.write("redis/lock", kSecret);
    own_.write("ledger.csv", kSecret);
  }

  /// Nothing of the gateway's own has moved, changed or been read.
  void expectUntouched() {
    EXPECT_THAT(namesIn(own_.path()), ElementsAre("ledger.csv", "redis", "spool.db"));
    EXPECT_THAT(namesIn(own_.path() / "redis"), ElementsAre("lock"));
    EXPECT_EQ(readFile(own_.path() / "spool.db"), kSecret);
    for (const std::string& body : stored_) EXPECT_THAT(body, Not(HasSubstr("secret")));
  }

  static constexpr const char* kSecret = "k\nsecret\n";
  TempFolder own_;
};

/// Runs `work` in a process of its own until this goes away.
class Meanwhile {
 public:
  template <typename Work>
  explicit Meanwhile(Work work) : child_(::fork()) {
    if (child_ != 0) return;
    for (;;) work();
  }
  ~Meanwhile() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

 private:
  pid_t child_;
};

// It moved its own spool.db and redis/lock away when .claimed was a link to its data folder.
// Rule: a folder of ours is a folder or nothing; a link in its place is an error that names it.
TEST_F(Hostile, ALinkInPlaceOfAFolderOfOursMovesNothing) {
  for (const char* name : {".claimed", "archive", "failed"}) {
    SCOPED_TRACE(name);
    drop_.write("a.csv", "k\n1\n");
    drop_.write("b.xlsx", "no workbook\n");
    fs::remove_all(drop_.path() / name);
    fs::create_directory_symlink(own_.path(), drop_.path() / name);
    std::string said;
    for (int i = 0; i < 60; ++i) {
      auto batch = poll();
      if (!batch) said = batch.error().detail;
      if (batch) {
        const auto verdicts = store(*batch);
        if (auto done = source_->confirm(*batch, verdicts); !done) said = done.error().detail;
      }
      host_.advance(30s);
    }
    expectUntouched();
    EXPECT_THAT(said, HasSubstr(name));
    EXPECT_THAT(said, HasSubstr("is a link or a file"));
    fs::remove(drop_.path() / name);
    runAll();
    EXPECT_THAT(result("b.xlsx"), HasSubstr("exception")) << "it goes on when the link has gone";
    for (const auto& entry : fs::directory_iterator(drop_.path())) {
      if (entry.is_regular_file()) fs::remove(entry);
    }
  }
}

// Rule: the same for a folder that the settings name, at any depth below the drop folder.
TEST_F(Hostile, ALinkOnTheWayToAFolderOfOursIsNotFollowed) {
  restart({{"archive", (drop_.path() / "done/year").native()}});
  fs::create_directory_symlink(own_.path(), drop_.path() / "done");
  drop_.write("a.csv", "k\n1\n");
  pollManyTimes(10);
  expectUntouched();
  fs::remove(drop_.path() / "done");
  runAll();
  EXPECT_EQ(namesIn(drop_.path() / "done/year").size(), 1u);
}

TEST_F(Hostile, AFolderOfAnotherUserOrForEverybodyIsNotOurs) {
  fs::create_directory(drop_.path() / "archive");
  fs::permissions(drop_.path() / "archive", fs::perms::all);
  drop_.write("a.csv", "k\n1\n");
  pollManyTimes(10);
  EXPECT_THAT(namesIn(drop_.path() / "archive"), IsEmpty());
  EXPECT_THAT(poll().error().detail, HasSubstr("may be written by everybody"));
  if (::geteuid() != 0) GTEST_SKIP() << "another user's folder needs root to make one";
  fs::permissions(drop_.path() / "archive", fs::perms::owner_all);
  ASSERT_EQ(::chown((drop_.path() / "archive").c_str(), 65534, 65534), 0);
  EXPECT_THAT(poll().error().detail, HasSubstr("belongs to the user with number 65534"));
}

TEST_F(Hostile, TheFolderOfClaimsIsClosedToOthersWhateverTheUmask) {
  const mode_t before = ::umask(0);
  fs::create_directory(drop_.path() / ".claimed");
  fs::permissions(drop_.path() / ".claimed", fs::perms::all & ~fs::perms::others_write);
  ASSERT_TRUE(poll().ok());
  ::umask(before);
  EXPECT_EQ(fs::status(drop_.path() / ".claimed").permissions(), fs::perms::owner_all);
}

// Rule: a file that has another name is not the office's alone: reading it would show it around.
TEST_F(Hostile, AHardLinkIsNamedAndNotRead) {
  std::error_code failed;
  fs::create_hard_link(own_.path() / "spool.db", drop_.path() / "a.csv", failed);
  if (failed) GTEST_SKIP() << "no hard links between these folders: " << failed.message();
  runAll();
  expectUntouched();
  ASSERT_EQ(exceptions_.size(), 1u);
  EXPECT_THAT(exceptions_.begin()->second.body, HasSubstr("a hard link"));
  EXPECT_TRUE(fs::exists(drop_.path() / "a.csv"));
}

TEST_F(Hostile, WhatIsNoFileIsNamedAndNotOpened) {
  fs::create_symlink(own_.path() / "ledger.csv", drop_.path() / "link.csv");
  fs::create_directory(drop_.path() / "folder.csv");
  ASSERT_EQ(::mkfifo((drop_.path() / "pipe.csv").c_str(), 0600), 0);
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (drop_.path() / "socket.csv").native().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  runAll();
  expectUntouched();
  ASSERT_EQ(exceptions_.size(), 1u);
  const std::string& body = exceptions_.begin()->second.body;
  for (const char* kind : {"is a link", "is a folder", "is a pipe", "is a socket"})
    EXPECT_THAT(body, HasSubstr(kind));
}

// Rule: what is exchanged between the look and the step is put back; the step never leaves the
// folder.
TEST_F(Hostile, WhatIsExchangedAllTheTimeLeadsNowhereElse) {
  const std::string file = drop_.path() / "a.csv";
  const std::string other = drop_.path() / ".b";
  const std::string secret = own_.path() / "ledger.csv";
  {
    const Meanwhile swapping([&] {
      ::unlink(other.c_str());
      if (::symlink(secret.c_str(), other.c_str()) != 0) return;
      ::rename(other.c_str(), file.c_str());
      ::unlink(file.c_str());
      ::mkdir(file.c_str(), 0700);
      ::rmdir(file.c_str());
      const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      if (fd < 0) return;
      if (::write(fd, "k\n1\n", 4) != 4) return;
      ::close(fd);
    });
    restart({{"settle_time", std::chrono::milliseconds(0)}});
    pollManyTimes(1000);
  }
  expectUntouched();
  runAll();
  EXPECT_THAT(namesIn(drop_.path() / ".claimed"), IsEmpty());
}

TEST_F(Hostile, FoldersOfOursThatAreExchangedAllTheTimeLeadNowhereElse) {
  const std::string link = drop_.path() / "link";
  fs::create_directory_symlink(own_.path(), link);
  {
    const Meanwhile swapping([&] {
      for (const char* name : {".claimed", "archive"}) {
        const std::string ours = drop_.path() / name;
        if (::renameat2(AT_FDCWD, link.c_str(), AT_FDCWD, ours.c_str(), RENAME_EXCHANGE) == 0)
          ::renameat2(AT_FDCWD, link.c_str(), AT_FDCWD, ours.c_str(), RENAME_EXCHANGE);
      }
    });
    for (int i = 0; i < 100; ++i) {
      drop_.write("a" + std::to_string(i) + ".csv", "k\n" + std::to_string(i) + "\n");
      pollManyTimes(4);
    }
  }
  expectUntouched();
  for (const char* name : {".claimed", "archive"}) {
    if (!fs::is_symlink(drop_.path() / name)) continue;
    fs::remove(drop_.path() / name);
    fs::rename(link, drop_.path() / name);
  }
  fs::remove(link);
  runAll();
  EXPECT_EQ(stored_.size(), 100u) << "and no row is lost";
}

TEST_F(Hostile, NamesOfAllKindsAreReadAndShownAsText) {
  std::string longest(244, 'x');
  const std::vector<std::string> names = {"a\n\x1b[31m.csv",
                                          "..csv.csv",
                                          "-rf *.csv",
                                          "\xE2\x80\xAE"
                                          "vsc.csv",
                                          longest + ".csv",
                                          "%s%n.csv"};
  for (const std::string& name : names) drop_.write(name, "k\n" + name.substr(0, 1) + "\n");
  runAll();
  // ".." begins as a hidden file does.
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), names.size() - 1);
  for (const std::string& body : stored_) {
    EXPECT_EQ(body.find('\x1b'), std::string::npos);
    EXPECT_THAT(body, Not(HasSubstr("\\u001b")));
    EXPECT_THAT(body, Not(HasSubstr("\xE2\x80\xAE")));
  }
}

TEST_F(Hostile, ALongEndingIsPartOfTheName) {
  restart({{"pattern", std::string("*")}});
  drop_.write("a." + std::string(250, 'y'), "k\n1\n");
  runAll();
  EXPECT_EQ(namesIn(drop_.path() / "archive").size(), 1u);
}

// The unit's umask of 0077 gave results that no office could open.
TEST_F(Hostile, ResultsAreReadableByTheOfficeWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  drop_.write("a.csv", "k\n1\n");
  runAll();
  restart({{"result_mode", std::string("0640")}});
  drop_.write("b.csv", "k\n2\n");
  runAll();
  ::umask(before);
  const auto modeOf = [this](const char* name) {
    return static_cast<unsigned>(fs::status(drop_.path() / name).permissions());
  };
  EXPECT_EQ(modeOf("a.csv.result.csv"), 0644u);
  EXPECT_EQ(modeOf("b.csv.result.csv"), 0640u);
}

// Rule: asking who writes a file harms no program that hosts the adapter, though the kernel signals
// (SIGIO by default, which ends a process) when somebody opens the file in that instant.
TEST(Writing, WhoOpensAFileInTheInstantOfTheLookDoesNotEndTheProcess) {
  const TempFolder folder;
  const fs::path file = folder.write("a.csv", "k\n1\n");
  const Meanwhile opening([&] {
    const int fd = ::open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) ::close(fd);
  });
  const auto opened = openForReading(file);
  ASSERT_TRUE(opened.ok());
  for (int i = 0; i < 200'000; ++i) (void)writersOf(*opened);
  SUCCEED() << "this process lives";
}

TEST(Writing, AWriterIsSeenAndOneThatMayNotBeAskedForIsUnknown) {
  const TempFolder folder;
  const fs::path file = folder.write("a.csv", "k\n1\n");
  const auto reader = openForReading(file);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(writersOf(*reader), Writers::none);
  const Fd writer(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(writersOf(*reader), Writers::some);
  if (::getuid() != 0) GTEST_SKIP() << "a file of another user needs root to make one";
  const Unprivileged rights;
  EXPECT_EQ(writersOf(*reader), Writers::unknown) << "neither some nor none";
}

}  // namespace
}  // namespace lianqiao::file_drop::test
