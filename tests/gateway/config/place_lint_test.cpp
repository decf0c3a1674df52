#include "config/place_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

namespace lianqiao::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr FieldSpec kDropSettings[] = {
    {.name = "folder", .kind = FieldKind::path, .doc = "d", .docZh = "d", .sole = true},
    {.name = "archive", .kind = FieldKind::path, .doc = "d", .docZh = "d"},
    {.name = "key_file", .kind = FieldKind::path, .doc = "d", .docZh = "d"},
};

const Descriptor* dropOr(std::string_view name) {
  static const Descriptor drop{.name = "files",
                               .version = "1",
                               .summary = "s",
                               .summaryZh = "s",
                               .settings = kDropSettings,
                               .makeSource = Role::source};
  return name == "files" ? &drop : adapterNamed(name);
}

class PlaceLint : public testing::Test {
 protected:
  void SetUp() override {
    writeCounty(folder_);
    folder_.write("peers/town.yaml",
                  "adapter: files\nsettings:\n  folder: drop\n  key_file: a_file\n"
                  "inbound: {mappings: [orders]}\n");
    folder_.write("a_file", kPem);
    ASSERT_THAT(findings(), IsEmpty());
  }
  std::vector<std::string> findings() const {
    yaml::Findings findings;
    load(folder_.path(), dropOr, findings, secretsOfTests());
    return yaml::textsOf(findings);
  }
  void gateway(const std::string& rest) const {
    folder_.write("lianqiao.yaml", "adapters: [hotline, files, wechat, province]\n" + rest);
  }

  Folder folder_;
};

TEST_F(PlaceLint, FindsOnePortTwice) {
  gateway("listen:\n  peers: {port: 8480}\n  admin: {port: 8480}\n");
  EXPECT_THAT(findings(), ElementsAre("lianqiao.yaml:4:17: listen.admin.port: listen.peers and "
                                      "listen.admin have the same port 8480; give listen.admin one "
                                      "of its own"));
  gateway("listen:\n  peers: {port: 8481}\n");
  EXPECT_THAT(findings(), ElementsAre(HasSubstr("lianqiao.yaml:3:17: listen.peers.port:")))
      << "the other one stands at its default";
  gateway(
      "listen:\n  peers: {address: 0.0.0.0, port: 8481, tls: {certificate: a_file, key: "
      "a_file}}\n");
  EXPECT_THAT(findings(), testing::Contains(HasSubstr("same port 8481")));
  gateway("listen:\n  peers: {address: 127.0.0.2, port: 8481}\n");
  EXPECT_THAT(findings(), IsEmpty());
  gateway("listen: {peers: {port: 0}, admin: {port: 0}}\n");
  EXPECT_THAT(findings(), IsEmpty()) << "0 is any free one";
}

TEST_F(PlaceLint, FindsAFolderThatIsAFile) {
  gateway("data: a_file\n");
  EXPECT_THAT(findings(),
              ElementsAre(AllOf(HasSubstr("lianqiao.yaml:2:7: data: "),
                                HasSubstr("/a_file is a file, and a folder is needed"))));
  gateway("data: a_file/below\n");
  EXPECT_THAT(findings(), ElementsAre(HasSubstr("/a_file is a file")));
  gateway("data: data\n");
  folder_.write("data/spool", "x");
  EXPECT_THAT(findings(), ElementsAre(HasSubstr("data/spool is a file")));
  folder_.remove("data/spool");
  folder_.write("drop", "x");
  EXPECT_THAT(findings(), ElementsAre(AllOf(HasSubstr("peers/town.yaml:3:11: settings.folder: "),
                                            HasSubstr("/drop is a file"))));
  gateway("");
  folder_.write("peers/town.yaml", "adapter: files\nenabled: false\nsettings: {folder: drop}\n");
  EXPECT_THAT(findings(), IsEmpty()) << "a peer that is switched off needs none";
}

// Rule: what one peer empties no other empties, whatever its name is.
TEST_F(PlaceLint, FindsAFolderThatTwoPeersWouldEmpty) {
  std::filesystem::create_directory(folder_.path() / "drop");
  std::filesystem::create_symlink("drop", folder_.path() / "same");
  const auto other = [this](const std::string& settings) {
    folder_.write("peers/village.yaml",
                  "adapter: files\nsettings: {" + settings + "}\ninbound: {mappings: [orders]}\n");
    return findings();
  };
  for (const std::string same : {"drop", "./drop", "x/../drop/", "same"})
    EXPECT_THAT(other("folder: " + same),
                ElementsAre(AllOf(HasSubstr("peers/village.yaml:2:20: settings.folder: the peer "
                                            "town has the same folder "),
                                  HasSubstr("/drop, and each would take the other's files"))))
        << same;
  std::filesystem::remove(folder_.path() / "same");
  std::filesystem::remove(folder_.path() / "drop");
  EXPECT_THAT(other("folder: x/../drop/"), ElementsAre(HasSubstr("town has the same folder")))
      << "before the folder is there";
  EXPECT_THAT(other("folder: other, archive: drop"), IsEmpty());
  EXPECT_THAT(other("folder: drop/below"), IsEmpty());
}

TEST_F(PlaceLint, FindsAFolderThatMayNotBeWritten) {
  std::filesystem::create_directory(folder_.path() / "drop");
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(folder_.path() / "drop", std::filesystem::perms(0555));
  const bool root = ::geteuid() == 0;
  // another user than root, who may write anywhere; the files of the test are that one's
  if (root) {
    constexpr uid_t kNobody = 65534;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
      ASSERT_EQ(::lchown(entry.path().c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::lchown(folder_.path().c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const auto texts = findings();
  folder_.write("peers/town.yaml",
                "adapter: files\nsettings: {folder: drop/a/b, key_file: a_file}\n"
                "inbound: {mappings: [orders]}\n");
  const auto below = findings();
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_THAT(below, ElementsAre(AllOf(HasSubstr("peers/town.yaml:2:20: settings.folder: this user "
                                                 "may not write into the folder "),
                                       HasSubstr("/drop, so that it cannot make "),
                                       HasSubstr("/drop/a/b; let the gateway's user write"))));
  EXPECT_THAT(texts, ElementsAre(AllOf(HasSubstr("peers/town.yaml:3:11: settings.folder: this user "
                                                 "may not write into the folder "),
                                       HasSubstr("/drop; let the gateway's user write there"))));
  std::filesystem::permissions(folder_.path() / "drop", std::filesystem::perms(0755));
}

}  // namespace
}  // namespace lianqiao::config
