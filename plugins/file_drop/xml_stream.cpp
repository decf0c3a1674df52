#include "file_drop/xml_stream.h"

#include <expat.h>

#include <array>

#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kXmlBlock = 16u << 10;
// expat keeps a whole tag in memory: no honest tag of a workbook comes near.
constexpr std::uint64_t kMaxTag = 512u << 10;
constexpr int kMaxDepth = 64;

std::string_view localName(const char* name) {
  const std::string_view text(name);
  const std::size_t colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

}  // namespace

std::string_view XmlAttributes::get(std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (localName(pair[0]) == name) return pair[1];
  }
  return {};
}

struct XmlStream::Parser {
  XML_Parser expat = nullptr;
  XmlHandler* handler = nullptr;
  int depth = 0;
  bool doctype = false;
  bool tooDeep = false;

  ~Parser() { XML_ParserFree(expat); }

  static void onStart(void* self, const XML_Char* name, const XML_Char** attributes) {
    auto& parser = *static_cast<Parser*>(self);
    if (++parser.depth > kMaxDepth) {
      parser.tooDeep = true;
      XML_StopParser(parser.expat, XML_FALSE);
      return;
    }
    parser.handler->onStart(localName(name), XmlAttributes(attributes));
    parser.stopOnFailure();
  }
  static void onEnd(void* self, const XML_Char* name) {
    auto& parser = *static_cast<Parser*>(self);
    --parser.depth;
    parser.handler->onEnd(localName(name));
    parser.stopOnFailure();
  }
  static void onText(void* self, const XML_Char* text, int size) {
    static_cast<Parser*>(self)->handler->onText({text, static_cast<std::size_t>(size)});
  }
  static void onDoctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    auto& parser = *static_cast<Parser*>(self);
    parser.doctype = true;
    XML_StopParser(parser.expat, XML_FALSE);
  }
  void stopOnFailure() {
    if (handler->failure) XML_StopParser(expat, XML_FALSE);
  }
};

XmlStream::XmlStream(ZipStream source, XmlHandler& handler, std::string partName)
    : source_(std::move(source)),
      handler_(handler),
      part_(std::move(partName)),
      parser_(std::make_unique<Parser>()) {
  parser_->expat = XML_ParserCreate(nullptr);
  parser_->handler = &handler;
  XML_SetUserData(parser_->expat, parser_.get());
  XML_SetElementHandler(parser_->expat, Parser::onStart, Parser::onEnd);
  XML_SetCharacterDataHandler(parser_->expat, Parser::onText);
  XML_SetStartDoctypeDeclHandler(parser_->expat, Parser::onDoctype);
}

XmlStream::~XmlStream() = default;

Result<bool> XmlStream::failed() const {
  if (handler_.failure) return *handler_.failure;
  std::string why = XML_ErrorString(XML_GetErrorCode(parser_->expat));
  if (parser_->doctype) why = "a DOCTYPE is not allowed";
  if (parser_->tooDeep) why = "elements are nested too deeply";
  return Error{std::string(codes::kBadFile),
               "the workbook's part " + part_ + " is not readable XML (line " +
                   std::to_string(XML_GetCurrentLineNumber(parser_->expat)) + ": " + why +
                   "); save it again and drop it again"};
}

Result<bool> XmlStream::pump() {
  if (ended_) return false;
  std::array<char, kXmlBlock> block{};
  const auto n = source_.read(block);
  if (!n) return n.error();
  ended_ = *n == 0;
  if (XML_Parse(parser_->expat, block.data(), static_cast<int>(*n), ended_ ? 1 : 0) !=
      XML_STATUS_OK) {
    return failed();
  }
  if (handler_.failure) return *handler_.failure;
  fed_ += *n;
  const auto reached = XML_GetCurrentByteIndex(parser_->expat);
  if (!ended_ && fed_ > kMaxTag &&
      (reached < 0 || fed_ - static_cast<std::uint64_t>(reached) > kMaxTag)) {
    return Error{std::string(codes::kDecodeLimit),
                 "the workbook's part " + part_ + " has a tag of more than 512 KiB"};
  }
  return !ended_;
}

Result<void> XmlStream::readAll() {
  for (;;) {
    auto more = pump();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

}  // namespace lianqiao::file_drop
