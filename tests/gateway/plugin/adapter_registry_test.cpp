#include "plugin/adapter_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gateway/plugin/bad_plugins.h"
#include "lianqiao/codes.h"
#include "plugin/abi_check.h"
#include "support/temporary_folder.h"

namespace lianqiao::plugin {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Error refusalOf(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  auto loaded = AdapterRegistry::load(folder, names);
  if (loaded) {
    ADD_FAILURE() << "it was loaded";
    return {};
  }
  return std::move(loaded).error();
}

Error refusalOf(const std::string& name) { return refusalOf(badPlugins(), {name}); }

std::string fileOf(const std::string& name) { return (badPlugins() / (name + ".so")).string(); }

TEST(AdapterRegistry, LoadsWhatIsWhole) {
  const auto loaded = AdapterRegistry::load(badPlugins(), {"good", "throws"});
  ASSERT_TRUE(loaded) << loaded.error().detail;
  ASSERT_NE((*loaded)->find("good"), nullptr);
  EXPECT_EQ((*loaded)->find("good")->summary, "Confirms everything.");
  EXPECT_EQ((*loaded)->find("bad"), nullptr);
  ASSERT_EQ((*loaded)->all().size(), 2U);
  EXPECT_EQ((*loaded)->all()[1]->name, "throws");
}

TEST(AdapterRegistry, TellsOneBuildOfAnAdapterFromAnother) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "good.so";
  std::filesystem::copy_file(badPlugins() / "good.so", file);
  const auto first = AdapterRegistry::load(folder.path(), {"good"});
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_FALSE((*first)->buildOf("good").empty());
  EXPECT_EQ((*first)->buildOf("bad"), "");
  EXPECT_EQ(*buildOf(file), (*first)->buildOf("good"));
  const auto rebuilt = folder.path() / "rebuilt.so";
  std::filesystem::copy_file(file, rebuilt);
  std::ofstream(rebuilt, std::ios::app) << "x";
  EXPECT_NE(*buildOf(rebuilt), (*first)->buildOf("good"));
}

TEST(AdapterRegistry, RefusesAnotherAbiWithBothNumbersBeforeAnyOfItsCodeRuns) {
  ASSERT_EQ(std::getenv("LIANQIAO_BAD_PLUGIN_RAN"), nullptr);
  const std::string ours = std::to_string(kSdkAbi);
  for (const auto& [name, abi] :
       {std::pair("former_abi", std::string("1")), {"other_abi", std::to_string(kSdkAbi + 1)}}) {
    const Error refusal = refusalOf(name);
    EXPECT_EQ(refusal.code, codes::kPluginAbi);
    EXPECT_EQ(refusal.detail, fileOf(name) + " was built for SDK ABI " + abi +
                                  ", this gateway accepts " + ours +
                                  "; rebuild it with this gateway's SDK");
  }
  EXPECT_EQ(std::getenv("LIANQIAO_BAD_PLUGIN_RAN"), nullptr);
}

TEST(AdapterRegistry, RefusesAnotherStandardLibrary) {
  const Error refusal = refusalOf("other_library");
  EXPECT_EQ(refusal.code, codes::kPluginAbi);
  EXPECT_EQ(refusal.detail,
            fileOf("other_library") + " was built for libstdc++ release 9, this gateway accepts " +
                std::to_string(_GLIBCXX_RELEASE) + "; rebuild it with this gateway's SDK");
}

TEST(AdapterRegistry, RefusesATagWithoutDescriptor) {
  const Error refusal = refusalOf("no_descriptor");
  EXPECT_EQ(refusal.code, codes::kPluginLoad);
  EXPECT_EQ(refusal.detail, fileOf("no_descriptor") +
                                " exports no lianqiao_descriptor; end its source with "
                                "LIANQIAO_ADAPTER(name, descriptor)");
}

TEST(AdapterRegistry, RefusesALibraryThatIsNoAdapter) {
  EXPECT_EQ(refusalOf("exports_nothing").detail,
            fileOf("exports_nothing") +
                " is no Lianqiao adapter: it exports no lianqiao_abi; end its source with "
                "LIANQIAO_ADAPTER(name, descriptor)");
}

TEST(AdapterRegistry, RefusesAnAdapterThatBearsAnotherName) {
  EXPECT_EQ(refusalOf("lies_in_tag").detail,
            fileOf("lies_in_tag") +
                " calls itself \"somebody_else\", not \"lies_in_tag\"; an adapter's file bears its "
                "name");
  EXPECT_EQ(refusalOf("lies_in_descriptor").detail,
            fileOf("lies_in_descriptor") +
                " is tagged \"lies_in_descriptor\" but its descriptor says \"somebody_else\"; both "
                "and the file bear one name");
}

TEST(AdapterRegistry, NamesTheUnresolvedSymbolAtTheStartAndNotAtTheFirstCall) {
  const Error refusal = refusalOf("unresolved");
  EXPECT_EQ(refusal.code, codes::kPluginLoad);
  EXPECT_THAT(refusal.detail, StartsWith(fileOf("unresolved") + " cannot be loaded: "));
  EXPECT_THAT(refusal.detail, HasSubstr("platformLibraryCall"));
}

TEST(AdapterRegistry, SurvivesADescriptorFunctionThatThrows) {
  EXPECT_THAT(refusalOf("throws_in_descriptor").detail, EndsWith("no licence found"));
}

TEST(AdapterRegistry, NamesEverySettingThatIsNotDocumented) {
  EXPECT_EQ(
      refusalOf("undocumented").detail,
      fileOf("undocumented") +
          " does not describe itself wholly: setting address has no Chinese sentence (docZh); "
          "setting timeout has no English sentence (doc); setting timeout has the fallback "
          "\"soon\", which does not fit its kind or range; setting format is a choice without "
          "choices");
}

TEST(AdapterRegistry, ReportsEveryFailureAtOnce) {
  const Error refusal = refusalOf(badPlugins(), {"other_abi", "good", "no_descriptor"});
  EXPECT_EQ(refusal.code, codes::kPluginAbi);
  EXPECT_THAT(refusal.detail, HasSubstr("SDK ABI " + std::to_string(kSdkAbi + 1)));
  EXPECT_THAT(refusal.detail, HasSubstr("\n" + fileOf("no_descriptor")));
  EXPECT_THAT(refusal.detail, Not(HasSubstr("good")));
}

TEST(AdapterRegistry, SuggestsTheAdapterThatWasMeant) {
  EXPECT_EQ(refusalOf("goood").detail, fileOf("goood") + " does not exist; did you mean good?");
}

TEST(AdapterRegistry, SaysWhatToDoInAnEmptyFolder) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(refusalOf(folder.path(), {"webhook"}).detail, HasSubstr("holds no adapters"));
}

TEST(AdapterRegistry, TakesNoPathForAName) {
  EXPECT_THAT(refusalOf("../bad_plugins/good").detail, HasSubstr("cannot name an adapter"));
  EXPECT_THAT(refusalOf("").detail, HasSubstr("cannot name an adapter"));
}

TEST(AdapterRegistry, RefusesAFileThatIsNoSharedObject) {
  const test::TemporaryFolder folder;
  folder.write("webhook.so", "#!/bin/sh\necho hello\n");
  EXPECT_THAT(refusalOf(folder.path(), {"webhook"}).detail, HasSubstr("is no shared object"));
  folder.write("webhook.so", "");
  EXPECT_THAT(refusalOf(folder.path(), {"webhook"}).detail, HasSubstr("is no shared object"));
}

TEST(AdapterRegistry, RefusesATruncatedFile) {
  const test::TemporaryFolder folder;
  const std::string whole = readBytes(badPlugins() / "good.so");
  folder.write("good.so", std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_THAT(refusalOf(folder.path(), {"good"}).detail, HasSubstr("is cut short or damaged"));
}

TEST(AdapterRegistry, RefusesAFileOrFolderThatEveryoneCanChange) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("good.so", readBytes(badPlugins() / "good.so"));
  ::chmod(file.c_str(), 0646);
  EXPECT_EQ(refusalOf(folder.path(), {"good"}).detail,
            file.string() + " can be changed by everyone on this machine; chmod o-w it");
  ::chmod(file.c_str(), 0644);
  ::chmod(folder.path().c_str(), 0707);
  EXPECT_THAT(refusalOf(folder.path(), {"good"}).detail,
              EndsWith("lies in a folder that everyone on this machine can change; chmod o-w " +
                       folder.path().string()));
}

TEST(AdapterRegistry, RefusesAFolderInPlaceOfAFile) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "good.so");
  EXPECT_THAT(refusalOf(folder.path(), {"good"}).detail, HasSubstr("is no regular file"));
}

}  // namespace
}  // namespace lianqiao::plugin
