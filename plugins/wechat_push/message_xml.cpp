#include "wechat_push/message_xml.h"

#include <expat.h>

#include <memory>
#include <vector>

namespace lianqiao::wechat_push {
namespace {

constexpr std::size_t kDepth = 16;
constexpr std::size_t kElements = 1000;

struct Element {
  std::string name;
  std::string text;
  std::vector<Element> children;
};

struct Reading {
  XML_Parser parser = nullptr;
  Element root;
  std::vector<Element*> open;
  std::size_t elements = 0;
  std::string refused;

  void refuse(std::string why) {
    if (refused.empty()) refused = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }
};

void XMLCALL onStart(void* data, const XML_Char* name, const XML_Char**) {
  auto& reading = *static_cast<Reading*>(data);
  if (reading.open.size() >= kDepth || ++reading.elements > kElements) {
    reading.refuse("more levels or elements than a message may have");
    return;
  }
  if (reading.open.empty()) {
    reading.root.name = name;
    reading.open.push_back(&reading.root);
    return;
  }
  Element& child = reading.open.back()->children.emplace_back();
  child.name = name;
  reading.open.push_back(&child);
}

void XMLCALL onEnd(void* data, const XML_Char*) { static_cast<Reading*>(data)->open.pop_back(); }

void XMLCALL onText(void* data, const XML_Char* text, int length) {
  auto& reading = *static_cast<Reading*>(data);
  if (!reading.open.empty())
    reading.open.back()->text.append(text, static_cast<std::size_t>(length));
}

void XMLCALL onDoctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<Reading*>(data)->refuse("a document type, which a message never has");
}

void writeElement(const Element& element, std::string& out) {
  if (element.children.empty()) {
    json::writeText(element.text, out);
    return;
  }
  out += '{';
  std::vector<bool> written(element.children.size());
  bool first = true;
  for (std::size_t i = 0; i < element.children.size(); ++i) {
    if (written[i]) continue;
    std::vector<std::size_t> equal;
    for (std::size_t k = i; k < element.children.size(); ++k) {
      if (element.children[k].name == element.children[i].name) equal.push_back(k);
    }
    if (!first) out += ',';
    first = false;
    json::writeText(element.children[i].name, out);
    out += ':';
    if (equal.size() > 1) out += '[';
    for (const std::size_t k : equal) {
      if (k != i) out += ',';
      written[k] = true;
      writeElement(element.children[k], out);
    }
    if (equal.size() > 1) out += ']';
  }
  out += '}';
}

}  // namespace

Result<std::string> jsonOfXml(std::string_view xml) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), XML_ParserFree);
  Reading reading;
  reading.parser = parser.get();
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), onStart, onEnd);
  XML_SetCharacterDataHandler(parser.get(), onText);
  XML_SetStartDoctypeDeclHandler(parser.get(), onDoctype);
  const auto status = XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
  if (status != XML_STATUS_OK) {
    std::string what =
        reading.refused.empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : reading.refused;
    return Error{std::string(codes::kBadXml),
                 "Line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) +
                     " of the XML has " + what + "."};
  }
  if (reading.root.children.empty()) {
    return Error{std::string(codes::kBadXml),
                 "The XML holds no message: its root element has no children."};
  }
  std::string out;
  writeElement(reading.root, out);
  return out;
}

}  // namespace lianqiao::wechat_push
