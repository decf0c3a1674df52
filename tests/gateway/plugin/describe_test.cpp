#include "plugin/describe.h"

#include <gtest/gtest.h>

#include <array>

namespace lianqiao::plugin {
namespace {

std::unique_ptr<Sink> makeNoSink(const Settings&, Host&) { return nullptr; }
std::unique_ptr<MockPeer> makeNoMock(const Settings&) { return nullptr; }

constexpr std::string_view kForms[] = {"json", "xml"};

const FieldSpec kSettings[] = {
    {.name = "url",
     .kind = FieldKind::url,
     .doc = "Where records go.",
     .docZh = "记录发往何处。",
     .required = true,
     .example = "https://grid.example/api"},
    {.name = "form",
     .kind = FieldKind::choice,
     .doc = "Form of the body.",
     .docZh = "报文格式。",
     .fallback = "json",
     .choices = kForms},
    {.name = "token", .kind = FieldKind::secret, .doc = "Bearer | token.", .docZh = "令牌。"},
    {.name = "batch",
     .kind = FieldKind::integer,
     .doc = "At once.",
     .docZh = "一次。",
     .fallback = "1",
     .least = "1",
     .most = "9",
     .unit = "records",
     .unitZh = "条"},
};

Descriptor sample() {
  Descriptor descriptor;
  descriptor.name = "sample";
  descriptor.version = "1.2";
  descriptor.summary = "A \"sample\".";
  descriptor.summaryZh = "样例。";
  descriptor.stability = Stability::beta;
  descriptor.posture = Posture::trusted_peers;
  descriptor.settings = kSettings;
  descriptor.makeSink = &makeNoSink;
  descriptor.makeMock = &makeNoMock;
  return descriptor;
}

// Programs read this: members may be added, none may change.
TEST(Describe, JsonIsStable) {
  EXPECT_EQ(describeJson(sample()),
            R"({"name":"sample","version":"1.2","summary":"A \"sample\".","summaryZh":"样例。",)"
            R"("stability":"beta","posture":"trusted_peers","roles":["sink","mock"],)"
            R"("authenticatesCallers":false,"settings":[)"
            R"({"name":"url","kind":"url","doc":"Where records go.","docZh":"记录发往何处。",)"
            R"("required":true,"example":"https://grid.example/api"},)"
            R"({"name":"form","kind":"choice","doc":"Form of the body.","docZh":"报文格式。",)"
            R"("required":false,"fallback":"json","choices":["json","xml"]},)"
            R"({"name":"token","kind":"secret","doc":"Bearer | token.","docZh":"令牌。",)"
            R"("required":false},)"
            R"({"name":"batch","kind":"integer","doc":"At once.","docZh":"一次。",)"
            R"("required":false,"fallback":"1","least":"1","most":"9","unit":"records",)"
            R"("unitZh":"条"}]})");
}

TEST(Describe, JsonOfAllIsAnObject) {
  const Descriptor descriptor = sample();
  const std::array all{&descriptor};
  EXPECT_EQ(describeJson(all), "{\"adapters\":[" + describeJson(descriptor) + "]}");
  EXPECT_EQ(describeJson(std::span<const Descriptor* const>()), R"({"adapters":[]})");
}

TEST(Describe, MarkdownHasATableInEnglish) {
  EXPECT_EQ(describeMarkdown(sample(), Language::english),
            R"(## sample

A "sample".

version 1.2 · roles: sink, mock · stability: beta · needs a peer that means well

| Setting | Kind | Default | What it does |
|---|---|---|---|
| `url` | url | required | Where records go. Example: `https://grid.example/api` |
| `form` | choice: json \| xml | json | Form of the body. |
| `token` | secret | — | Bearer \| token. |
| `batch` | integer, 1 to 9 records | 1 | At once. |
)");
}

TEST(Describe, MarkdownHasATableInChinese) {
  EXPECT_EQ(describeMarkdown(sample(), Language::chinese),
            R"(## sample

样例。

版本 1.2 · 角色：sink、mock · 成熟度：公测 · 只用于可信的对端

| 设置项 | 类型 | 默认 | 作用 |
|---|---|---|---|
| `url` | 网址 | 必填 | 记录发往何处。例：`https://grid.example/api` |
| `form` | 选项：json \| xml | json | 报文格式。 |
| `token` | 密文 | — | 令牌。 |
| `batch` | 整数，1 到 9 条 | 1 | 一次。 |
)");
}

TEST(Describe, TextReadsWellInATerminal) {
  EXPECT_EQ(describeText(sample(), Language::english),
            R"(sample — A "sample".
version 1.2 · roles: sink, mock · stability: beta · needs a peer that means well

  url (url, required)
      Where records go.
      Example: https://grid.example/api

  form (choice: json | xml, default json)
      Form of the body.

  token (secret, optional)
      Bearer | token.

  batch (integer, 1 to 9 records, default 1)
      At once.
)");
}

TEST(Describe, SaysWhenThereIsNothingToSet) {
  Descriptor descriptor = sample();
  descriptor.settings = {};
  EXPECT_NE(describeText(descriptor, Language::english).find("No settings."), std::string::npos);
  EXPECT_NE(describeMarkdown(descriptor, Language::chinese).find("没有设置项"), std::string::npos);
}

TEST(Describe, NamesTheSessionAmongTheRoles) {
  Descriptor descriptor = sample();
  descriptor.makeSession = [](const Settings&, Host&) -> std::unique_ptr<Session> { return {}; };
  EXPECT_NE(describeJson(descriptor).find(R"("roles":["session","sink","mock"])"),
            std::string::npos);
  EXPECT_NE(describeText(descriptor, Language::english).find("roles: session, sink, mock"),
            std::string::npos);
}

}  // namespace
}  // namespace lianqiao::plugin
