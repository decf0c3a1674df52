#include "config/sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"

/// Rule: a slip of the keyboard or of an editor hides nothing else of its folder, and nothing runs
/// by what was mended.
namespace lianqiao::config {
namespace {

using testing::Contains;
using testing::HasSubstr;

// One slip hid every other mistake of its file, since YAML cannot read it.
TEST(Sources, NoSlipHidesTheRestOfItsFile) {
  const Folder folder;
  writeCounty(folder);
  folder.write("peers/hotline.yaml",
               "adapter：hotline\nsettings:\n  window：soon\n  aera: x\n"
               "auth: {kind: token，tokens:[“${env:HOTLINE_TOKEN}”]}\n"
               "inbound: ｛mappings: [ordres]｝\ncolour: red\n");
  EXPECT_THAT(
      found(folder),
      testing::UnorderedElementsAre(
          HasSubstr("peers/hotline.yaml:1:8: a full-width colon"),
          HasSubstr("peers/hotline.yaml:3:9: a full-width colon"),
          HasSubstr("peers/hotline.yaml:3:10: settings.window: 'soon' is not a duration"),
          HasSubstr("peers/hotline.yaml:4:3: settings.aera: the adapter has no setting"),
          HasSubstr("peers/hotline.yaml:5:19: a full-width comma"),
          HasSubstr("peers/hotline.yaml:5:27: no blank stands behind the colon of 'tokens'"),
          HasSubstr("peers/hotline.yaml:5:28: full-width quotation marks"),
          HasSubstr("peers/hotline.yaml:6:10: full-width brackets ｛｝"),
          HasSubstr("peers/hotline.yaml:6:22: inbound.mappings[0]: there is no mapping 'ordres'"),
          HasSubstr("peers/hotline.yaml:7:1: colour: the key 'colour' is not known here"),
          HasSubstr("mappings/orders.yaml: no peer uses this mapping")));
}

TEST(Sources, EveryKindOfFileIsReadOnBehindASlip) {
  const Folder folder;
  writeCounty(folder);
  folder.write("lianqiao.yaml", "adapters：[hotline, province]\ncolour: red\n");
  folder.write("mappings/orders.yaml", "mapping：order\n");
  folder.write("codes/kinds.yaml", "table：kind\n");
  folder.write("routes.yaml", "routes:\n　　- {name: all, to: [nobody]}\n");
  const auto texts = found(folder);
  for (const char* what :
       {"lianqiao.yaml:2:1: colour: ", "mappings/orders.yaml:1:9: mapping: the name differs",
        "codes/kinds.yaml:1:7: table: the name differs",
        "routes.yaml:2:22: routes[0].to[0]: there is"})
    EXPECT_THAT(texts, Contains(HasSubstr(what)));
}

// What was mended is a guess.
TEST(Sources, AFolderThatWasMendedIsNotLoaded) {
  const Folder folder;
  writeCounty(folder);
  folder.write("peers/hotline.yaml",
               "adapter：hotline\nauth: {kind: token, tokens: [\"${env:HOTLINE_TOKEN}\"]}\n"
               "inbound: {mappings: [orders]}\n");
  yaml::Findings findings;
  EXPECT_FALSE(loadFolder(folder, findings));
}

TEST(Sources, NamesThatAnEditorOrAHabitChangedAreFound) {
  const Folder folder;
  writeCounty(folder);
  folder.write("peers/a.yaml.txt", "adapter: hotline\n");
  folder.write("mappings/b.yml", "mapping: b\n");
  folder.write("codes/c.YAML", "table: c\n");
  folder.write("routes.yaml.TXT", "routes: []\n");
  folder.write("notes.txt", "nothing\n");
  EXPECT_THAT(
      found(folder),
      testing::UnorderedElementsAre(
          "peers/a.yaml.txt: the file is not read: an editor put .txt behind its name, which "
          "Windows may not show; rename it to a.yaml",
          "mappings/b.yml: the file is not read: only names that end in .yaml are; rename it "
          "to b.yaml",
          "codes/c.YAML: the file is not read: only names that end in .yaml are; rename it "
          "to c.yaml",
          HasSubstr("routes.yaml.TXT: the file is not read")));
}

}  // namespace
}  // namespace lianqiao::config
