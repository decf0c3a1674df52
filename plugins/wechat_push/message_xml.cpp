#include "wechat_push/message_xml.h"

#include <vector>

#include "kit/xml/xml_parser.h"

namespace lianqiao::wechat_push {
namespace {

constexpr kit::XmlLimits kMessageLimits{
    .depth = 16, .elements = 1000, .utf8Only = true, .prefixes = true};

struct Element {
  std::string name;
  std::string text;
  std::vector<Element> children;
};

class MessageHandler final : public kit::XmlHandler {
 public:
  void onStart(std::string_view name, const kit::XmlAttributes&) override {
    Element& element = open_.empty() ? root : open_.back()->children.emplace_back();
    element.name = name;
    open_.push_back(&element);
  }
  void onEnd(std::string_view) override { open_.pop_back(); }
  void onText(std::string_view text) override { open_.back()->text += text; }

  Element root;

 private:
  std::vector<Element*> open_;
};

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
  MessageHandler message;
  kit::XmlParser parser(message, kMessageLimits);
  if (!parser.feed(xml, true)) {
    return Error{codes::kBadXml, "Line " + std::to_string(parser.fault().line) +
                                     " of the XML has " + parser.fault().what + "."};
  }
  if (message.root.children.empty()) {
    return Error{codes::kBadXml, "The XML holds no message: its root element has no children."};
  }
  std::string out;
  writeElement(message.root, out);
  return out;
}

}  // namespace lianqiao::wechat_push
