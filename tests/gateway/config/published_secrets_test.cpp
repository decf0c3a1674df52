#include "config/published_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/test_data.h"
#include "gateway/config/folder.h"
#include "yaml/findings.h"

/// Rule: a value that stands in everybody's checkout proves nothing, under whatever name it comes.
namespace lianqiao::config {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string valueOf(const fs::path& file) {
  std::string value = test::readFile(file);
  while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
  return value;
}

TEST(PublishedSecrets, EveryExampleOfTheSourceTreeIsKnown) {
  const fs::path source = LIANQIAO_SOURCE_DIR;
  int known = 0;
  for (const char* folder : {"config", "plugins", "deploy", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source / folder)) {
      if (entry.path().extension() != ".example") continue;
      EXPECT_TRUE(isPublishedSecret(valueOf(entry.path()))) << entry.path();
      ++known;
    }
  }
  EXPECT_GE(known, 9);
  EXPECT_FALSE(isPublishedSecret("my own"));
  EXPECT_FALSE(isPublishedSecret(""));
}

class PublishedSecretsInAFolder : public testing::Test {
 protected:
  void SetUp() override {
    writeCounty(folder_);
    folder_.write("own_name",
                  valueOf(fs::path(LIANQIAO_SOURCE_DIR) / "config/secrets/grid_token.example"));
    use("own_name");
  }
  void use(const std::string& secret) const {
    folder_.write("peers/hotline.yaml", "adapter: hotline\nauth: {kind: token, tokens: [\"${file:" +
                                            secret + "}\"]}\ninbound: {mappings: [orders]}\n");
  }
  void open() const {
    folder_.write("lianqiao.yaml",
                  "adapters: [hotline, files, wechat, province]\n"
                  "listen: {peers: {address: 0.0.0.0}}\n");
  }
  std::vector<std::string> warnings() const {
    yaml::Findings errors;
    const Contents contents = readAll(folder_.path(), adapterNamed, errors, secretsOfTests());
    std::vector<std::string> texts;
    for (const yaml::Finding& finding : contents.warnings.all())
      texts.push_back(yaml::warningText(finding));
    return texts;
  }

  Folder folder_;
};

TEST_F(PublishedSecretsInAFolder, AreWarnedOfOnALoopbackListener) {
  EXPECT_THAT(found(folder_), IsEmpty());
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr(
                              "peers/hotline.yaml:2:30: warning: auth.tokens[0]: this secret is "
                              "in every checkout of the gateway: it proves nothing; make one "
                              "of your own")));
}

TEST_F(PublishedSecretsInAFolder, AreNotWarnedOfInQuickstartsOwnFolder) {
  folder_.write(".quickstart", "");
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(PublishedSecretsInAFolder, AreRefusedWhereOthersReachTheListener) {
  folder_.write(".quickstart", "");
  open();
  EXPECT_THAT(
      found(folder_),
      ElementsAre(HasSubstr("peers/hotline.yaml:2:30: auth.tokens[0]: this secret is in every "
                            "checkout of the gateway, and listen.peers is open to others")));
}

TEST_F(PublishedSecretsInAFolder, AreRefusedThereByTheirNameAlso) {
  folder_.write("token.example", "of another version");
  use("token.example");
  EXPECT_THAT(warnings(), IsEmpty());
  open();
  EXPECT_THAT(found(folder_), ElementsAre(HasSubstr("this secret is in every checkout")));
}

TEST_F(PublishedSecretsInAFolder, AreNoMatterOfAPeerThatIsSwitchedOff) {
  folder_.write("peers/old.yaml",
                "adapter: hotline\nenabled: false\nauth: {kind: token, tokens: "
                "[\"${file:own_name}\"]}\ninbound: {mappings: [orders]}\n");
  use("none.example");
  folder_.write("none.example", "x");
  EXPECT_THAT(warnings(), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::config
