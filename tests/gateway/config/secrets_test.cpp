#include "config/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

namespace lianqiao::config {
namespace {

using testing::ElementsAre;

std::string resolved(const Folder& folder, std::string_view yaml) {
  const yaml::YamlNode root = yaml::nodeOf(yaml);
  yaml::Findings findings;
  const auto secret =
      SecretSource(folder.path(), secretsOfTests()).resolve(*root.find("k"), findings);
  EXPECT_EQ(secret.has_value(), findings.empty());
  if (secret) return "= " + secret->reveal();
  std::string text = findings.all().at(0).text();
  const std::string path = folder.path().string();
  for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
    text.replace(at, path.size(), "DIR");
  }
  return text;
}

TEST(Secrets, ComeFromTheEnvironment) {
  const Folder folder;
  EXPECT_EQ(resolved(folder, "k: ${env:HOTLINE_TOKEN}\n"), "= canary-7f3a");
  EXPECT_EQ(resolved(folder, "k: \"${env:HOTLINE_TOKEN}\"\n"), "= canary-7f3a");
  EXPECT_EQ(resolved(folder, "k: ${env:NOT_SET}\n"),
            "a.yaml:1:4: k: the environment variable NOT_SET is not set; set it where the gateway "
            "is started, "
            "or use ${file:path}");
  EXPECT_EQ(resolved(folder, "k: ${env:EMPTY}\n"),
            "a.yaml:1:4: k: the environment variable EMPTY is empty; set it where the gateway is "
            "started, or "
            "use ${file:path}");
  const std::string none =
      "a.yaml:1:4: k: ${env:…} names no variable; write letters, digits and _ between the colon "
      "and the bracket";
  EXPECT_EQ(resolved(folder, "k: ${env:}\n"), none);
  EXPECT_EQ(resolved(folder, "k: ${env:my-secret}\n"), none);
  EXPECT_EQ(resolved(folder, "k: ${env:1X}\n"), none);
}

TEST(Secrets, AreReadFromTheProcessEnvironmentByDefault) {
  ASSERT_EQ(setenv("LIANQIAO_TEST_SECRET", "from-env", 1), 0);
  yaml::Findings findings;
  const yaml::YamlNode root = yaml::nodeOf("k: ${env:LIANQIAO_TEST_SECRET}\n");
  const auto secret = SecretSource("/").resolve(*root.find("k"), findings);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "from-env");
}

TEST(Secrets, ComeFromFilesBesideTheConfiguration) {
  const Folder folder;
  folder.write("s/token", "abc\n");
  folder.write("crlf", "abc\r\n");
  folder.write("empty", "\n");
  folder.write("large", std::string(70'000, 'x'));
  EXPECT_EQ(resolved(folder, "k: ${file:s/token}\n"), "= abc");
  EXPECT_EQ(resolved(folder, "k: ${file:" + (folder.path() / "s/token").string() + "}\n"), "= abc");
  EXPECT_EQ(resolved(folder, "k: ${file:crlf}\n"), "= abc");
  EXPECT_EQ(resolved(folder, "k: ${file:empty}\n"),
            "a.yaml:1:4: k: the secret's file DIR/empty is empty; fill it");
  EXPECT_EQ(resolved(folder, "k: ${file:none}\n"),
            "a.yaml:1:4: k: the secret's file DIR/none is missing; create it, readable by the "
            "gateway only "
            "(mode 600)");
  EXPECT_EQ(resolved(folder, "k: ${file:s}\n"), "a.yaml:1:4: k: DIR/s is not a file; name a file");
  EXPECT_EQ(resolved(folder, "k: ${file:large}\n"),
            "a.yaml:1:4: k: the secret's file DIR/large is larger than 64 KiB; name another");
  EXPECT_EQ(resolved(folder, "k: ${file:}\n"),
            "a.yaml:1:4: k: ${file:…} names no file; write its path");
}

TEST(Secrets, RefuseAFileThatEverybodyMayRead) {
  const Folder folder;
  folder.write("open", "abc");
  std::filesystem::permissions(folder.path() / "open", std::filesystem::perms(0644));
  EXPECT_EQ(resolved(folder, "k: ${file:open}\n"),
            "a.yaml:1:4: k: everybody may read the secret's file DIR/open; chmod 600 DIR/open");
  yaml::Findings findings;
  const yaml::YamlNode root = yaml::nodeOf("k: ${file:open}\n");
  SecretSource::Options options;
  options.openFiles = true;
  EXPECT_TRUE(SecretSource(folder.path(), options).resolve(*root.find("k"), findings));
}

// Rule: what an editor leaves around a value, where nobody sees it, is named; one line end is not.
TEST(Secrets, RefuseBytesAroundTheValueThatNobodySees) {
  const Folder folder;
  const auto says = [&](std::string_view content) {
    folder.write("s", content);
    return resolved(folder, "k: ${file:s}\n");
  };
  EXPECT_EQ(says("value\r\n"), "= value");
  EXPECT_EQ(says("two words\n"), "= two words");
  const std::string begin = "a.yaml:1:4: k: the secret's file DIR/s ";
  const std::string end = "; write the value alone into it: printf %s 'VALUE' > FILE";
  EXPECT_EQ(says("\xEF\xBB\xBFvalue\n"), begin + "begins with a byte order mark" + end);
  EXPECT_EQ(says("\xFF\xFEv"), begin + "is UTF-16, which Notepad calls Unicode" + end);
  EXPECT_EQ(says("value \n"), begin + "ends with a blank or a second line end" + end);
  EXPECT_EQ(says("value\n\n"), begin + "ends with a blank or a second line end" + end);
  EXPECT_EQ(says("value\xE3\x80\x80"), begin + "ends with a blank or a second line end" + end);
  EXPECT_EQ(says("\nvalue"), begin + "begins with a blank or an empty line" + end);
  EXPECT_EQ(says(" \n\n"), begin + "holds nothing but blanks" + end);
}

TEST(Secrets, NeverStandInTheFile) {
  const Folder folder;
  const std::string literal =
      "a.yaml:1:4: k: a secret must not stand in this file; write ${env:NAME} or ${file:path}";
  for (const char* text : {"canary", "'canary'", "\"\"", "$canary", "x${env:X}", "12345"}) {
    EXPECT_EQ(resolved(folder, "k: " + std::string(text) + "\n"), literal) << text;
  }
  const std::string wrong =
      "a.yaml:1:4: k: this reference to a secret is written wrongly; write ${env:NAME} or "
      "${file:path}, with half-width : and }";
  for (const char* text :
       {"${canary}", "${evn:canary}", "\"${env:X} canary\"", "${env：X}", "${file:canary"}) {
    EXPECT_EQ(resolved(folder, "k: " + std::string(text) + "\n"), wrong) << text;
  }
  EXPECT_EQ(
      resolved(folder, "k: [canary]\n"),
      "a.yaml:1:4: k: one secret is wanted here, not a list or a map; write \"${env:NAME}\" or "
      "\"${file:path}\", in quotes inside [ ] and { }");
  EXPECT_EQ(resolved(folder, "k:\n"),
            "a.yaml:1:1: k: the secret is missing; write ${env:NAME} or ${file:path}");
}

TEST(Secrets, AppearInNoFindingWhateverIsWrong) {
  const std::string peers[] = {
      "adapter: hotline\nauth: {kind: token, tokens: [canary-7f3a, {canary-7f3a: 1}, "
      "\"canary-7f3a\n\"]}\n",
      "adapter: hotline\nauth: {kind: token, tokens: [canary-7f3a, [canary-7f3a]]}\n",
      "adapter: hotline\nauth: {kind: token, tokens: canary-7f3a}\n",
      "adapter: hotline\nauth: {kind: token, tokens: {canary: canary-7f3a}}\n",
      "adapter: hotline\nauth: {kind: tokn, tokens: [canary-7f3a]}\n",
      "adapter: hotline\nauth: {kind: none, tokens: [canary-7f3a], token: canary-7f3a}\n",
      "adapter: hotline\nauth: {kind: hmac, scheme: tif, id: x, secret: canary-7f3a, secrt: "
      "canary-7f3a}\n",
      "adapter: hotline\nauth: {kind: hmac, scheme: tif, id: x, secret: !s canary-7f3a}\n",
      "adapter: hotline\nauth: {kind: hmac, scheme: tif, id: x, secret: &canary canary-7f3a}\n",
      "adapter: hotline\nauth: {kind: token, canary-7f3a}\n",
      "adapter: hotline\nauth: canary-7f3a\n",
      "adapter: hotline\nauth:\n  secret: \"canary-7f3a\\q\"\n",
      "adapter: hotline\nauth:\n  secret: canary-7f3a: x\n",
      "adapter: hotline\nauth:\n  secret: 'canary-7f3a\nx: 1\n",
      "adapter: hotline\nauth:\n\tsecret: canary-7f3a\n",
      "adapter: hotline\nauth:\n  secret: *canary-7f3a\n",
      "adapter: hotline\nauth: {kind: token, tokens: [\"${env:canary-7f3a}\"]}\n",
      // Resolved secrets, with other things wrong.
      "adapter: hotline\nauth: {kind: token, tokens: [\"${env:HOTLINE_TOKEN}\"], skew: "
      "5m}\ninbound: []\n",
  };
  for (const std::string& peer : peers) {
    const Folder folder;
    writeCounty(folder);
    folder.write("lianqiao.yaml",
                 "adapters: [hotline, province]\nredis: {url: \"redis://x:canary-7f3a@h\", "
                 "password: canary-7f3a}\n");
    folder.write("peers/hotline.yaml", peer);
    const auto findings = found(folder);
    EXPECT_FALSE(findings.empty());
    for (const std::string& text : findings)
      EXPECT_THAT(text, testing::Not(testing::HasSubstr("canary-7f3a")));
  }
}

}  // namespace
}  // namespace lianqiao::config
