#include "kit/xml/xml_parser.h"

#include <expat.h>

#include <algorithm>

namespace lianqiao::kit {
namespace {

// expat counts the bytes of one call as an int.
constexpr std::size_t kMostAtOnce = 1u << 20;

std::string_view withoutPrefix(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

std::string_view XmlAttributes::get(std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (withoutPrefix(pair[0]) == name) return pair[1];
  }
  return {};
}

struct XmlParser::Expat {
  Expat(XmlHandler& told, const XmlLimits& held)
      : parser(XML_ParserCreate(held.utf8Only ? "UTF-8" : nullptr)), handler(told), limits(held) {}
  Expat(const Expat&) = delete;
  Expat& operator=(const Expat&) = delete;
  ~Expat() { XML_ParserFree(parser); }

  static void onStart(void* self, const XML_Char* name, const XML_Char** attributes) {
    auto& expat = *static_cast<Expat*>(self);
    if (++expat.depth > expat.limits.depth) return expat.refuse("too many elements in one another");
    if (++expat.elements > expat.limits.elements && expat.limits.elements != 0) {
      return expat.refuse("too many elements");
    }
    expat.handler.onStart(expat.nameOf(name), XmlAttributes(attributes));
    expat.stopOnFailure();
  }
  static void onEnd(void* self, const XML_Char* name) {
    auto& expat = *static_cast<Expat*>(self);
    if (expat.hasStopped()) return;  // of an empty element this comes all the same
    --expat.depth;
    expat.handler.onEnd(expat.nameOf(name));
    expat.stopOnFailure();
  }
  static void onText(void* self, const XML_Char* text, int size) {
    auto& expat = *static_cast<Expat*>(self);
    if (expat.hasStopped()) return;
    expat.handler.onText({text, static_cast<std::size_t>(size)});
    expat.stopOnFailure();
  }
  static void onDoctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Expat*>(self)->refuse("a DOCTYPE, which is not allowed");
  }

  [[nodiscard]] std::string_view nameOf(const XML_Char* name) const {
    return limits.prefixes ? std::string_view(name) : withoutPrefix(name);
  }
  void refuse(std::string_view what) {
    if (refused.empty()) refused = what;
    XML_StopParser(parser, XML_FALSE);
  }
  [[nodiscard]] bool hasStopped() const { return !refused.empty() || handler.failure.has_value(); }
  void stopOnFailure() {
    if (handler.failure) XML_StopParser(parser, XML_FALSE);
  }

  XML_Parser parser;
  XmlHandler& handler;
  const XmlLimits limits;
  int depth = 0;
  std::uint64_t elements = 0;
  std::uint64_t fed = 0;
  std::string_view refused;
};

XmlParser::XmlParser(XmlHandler& handler, const XmlLimits& limits)
    : expat_(std::make_unique<Expat>(handler, limits)) {
  XML_SetUserData(expat_->parser, expat_.get());
  XML_SetElementHandler(expat_->parser, Expat::onStart, Expat::onEnd);
  XML_SetCharacterDataHandler(expat_->parser, Expat::onText);
  XML_SetStartDoctypeDeclHandler(expat_->parser, Expat::onDoctype);
}

XmlParser::~XmlParser() = default;

bool XmlParser::feed(std::string_view piece, bool last) {
  while (piece.size() > kMostAtOnce) {
    if (!feedPart(piece.substr(0, kMostAtOnce), false)) return false;
    piece.remove_prefix(kMostAtOnce);
  }
  return feedPart(piece, last);
}

bool XmlParser::feedPart(std::string_view piece, bool last) {
  Expat& expat = *expat_;
  const auto status =
      XML_Parse(expat.parser, piece.data(), static_cast<int>(piece.size()), last ? 1 : 0);
  if (expat.handler.failure) return false;
  if (status != XML_STATUS_OK) {
    fault_.line = XML_GetCurrentLineNumber(expat.parser);
    fault_.what = expat.refused.empty() ? XML_ErrorString(XML_GetErrorCode(expat.parser))
                                        : std::string(expat.refused);
    return false;
  }
  expat.fed += piece.size();
  const auto reached = XML_GetCurrentByteIndex(expat.parser);
  const std::uint64_t held =
      reached < 0 ? expat.fed : expat.fed - static_cast<std::uint64_t>(reached);
  if (last || held <= expat.limits.tag) return true;
  fault_.line = XML_GetCurrentLineNumber(expat.parser);
  fault_.what = "a tag of more than " + std::to_string(expat.limits.tag >> 10) + " KiB";
  fault_.tooLong = true;
  return false;
}

}  // namespace lianqiao::kit
