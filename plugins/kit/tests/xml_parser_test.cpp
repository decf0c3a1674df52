#include "kit/xml/xml_parser.h"

#include <gtest/gtest.h>

#include "lianqiao/codes.h"

namespace lianqiao::kit {
namespace {

/// Writes down what it is told.
struct Scribe final : XmlHandler {
  void onStart(std::string_view name, const XmlAttributes& attributes) override {
    ++starts;
    told += "<" + std::string(name) + std::string(attributes.get("id")) + ">";
    if (name == stopAt) failure = Error{codes::kBadFile, "enough"};
  }
  void onEnd(std::string_view name) override { told += "</" + std::string(name) + ">"; }
  void onText(std::string_view text) override { told += text; }

  std::string told;
  std::string stopAt;
  std::size_t starts = 0;
};

std::string nested(int levels) {
  std::string xml;
  for (int i = 0; i < levels; ++i) xml += "<a>";
  for (int i = 0; i < levels; ++i) xml += "</a>";
  return xml;
}

TEST(XmlParser, TellsTheSameHoweverTheBytesArrive) {
  const std::string xml = "<?xml version=\"1.0\"?>\n<x:a r:id=\"7\"><b>t&lt;&#x8DEF;</b><b/></x:a>";
  for (std::size_t step = 1; step <= xml.size(); ++step) {
    Scribe scribe;
    XmlParser parser(scribe, {});
    for (std::size_t at = 0; at < xml.size(); at += step) {
      ASSERT_TRUE(parser.feed(std::string_view(xml).substr(at, step), false));
    }
    ASSERT_TRUE(parser.feed({}, true));
    EXPECT_EQ(scribe.told, "<a7><b>t<路</b><b></b></a>") << step;
  }
  Scribe scribe;
  ASSERT_TRUE(XmlParser(scribe, {.prefixes = true}).feed(xml, true));
  EXPECT_EQ(scribe.told, "<x:a7><b>t<路</b><b></b></x:a>");
}

TEST(XmlParser, NamesTheLineOfWhatIsNoXml) {
  Scribe scribe;
  XmlParser parser(scribe, {});
  ASSERT_FALSE(parser.feed("<a>\n<b>\n</a>", true));
  EXPECT_EQ(parser.fault().line, 3u);
  EXPECT_EQ(parser.fault().what, "mismatched tag");
  EXPECT_FALSE(parser.fault().tooLong);
}

TEST(XmlParser, RefusesADocumentTypeBeforeItsEntities) {
  Scribe scribe;
  XmlParser parser(scribe, {});
  ASSERT_FALSE(parser.feed("<!DOCTYPE x [<!ENTITY a \"aa\">]><x>&a;</x>", true));
  EXPECT_NE(parser.fault().what.find("DOCTYPE"), std::string::npos);
  EXPECT_EQ(scribe.told, "");
}

TEST(XmlParser, HoldsDepthAndCountOfElements) {
  for (const int over : {0, 1}) {
    Scribe scribe;
    XmlParser parser(scribe, {.depth = 16});
    EXPECT_EQ(parser.feed(nested(16 + over), true), over == 0);
    EXPECT_EQ(scribe.starts, 16u) << "the handler hears of no more";
    Scribe many;
    XmlParser counted(many, {.elements = 3});
    EXPECT_EQ(counted.feed(over == 0 ? "<a><b/><b/></a>" : "<a><b/><b/><b/><b/></a>", true),
              over == 0);
    EXPECT_EQ(many.starts, 3u);
  }
}

TEST(XmlParser, HoldsNoTagBeyondItsLimit) {
  const std::string piece(16u << 10, 'x');
  Scribe scribe;
  XmlParser parser(scribe, {.tag = 64u << 10});
  ASSERT_TRUE(parser.feed("<a b=\"", false));
  std::size_t fed = 0;
  while (fed < (1u << 20) && parser.feed(piece, false)) fed += piece.size();
  EXPECT_LE(fed, 80u << 10);
  EXPECT_TRUE(parser.fault().tooLong);
  EXPECT_EQ(parser.fault().what, "a tag of more than 64 KiB");
  Scribe texts;
  XmlParser text(texts, {.tag = 64u << 10});
  ASSERT_TRUE(text.feed("<a>", false));
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(text.feed(piece, false)) << "a text is no tag";
}

TEST(XmlParser, EndsWhereTheHandlerHasEnough) {
  Scribe scribe;
  scribe.stopAt = "b";
  XmlParser parser(scribe, {});
  EXPECT_FALSE(parser.feed("<a><b/><c/></a>", true));
  EXPECT_EQ(scribe.told, "<a><b>");
}

TEST(XmlParser, ReadsUtf8AloneWhereItMust) {
  const std::string latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>";
  Scribe any;
  EXPECT_TRUE(XmlParser(any, {}).feed(latin, true));
  EXPECT_EQ(any.told, "<a>é</a>");
  Scribe one;
  EXPECT_FALSE(XmlParser(one, {.utf8Only = true}).feed(latin, true));
}

}  // namespace
}  // namespace lianqiao::kit
