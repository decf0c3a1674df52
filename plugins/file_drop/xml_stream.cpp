#include "file_drop/xml_stream.h"

#include <array>

#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kXmlBlock = 16u << 10;

}  // namespace

XmlStream::XmlStream(ZipStream source, XmlHandler& handler, std::string partName)
    : source_(std::move(source)),
      handler_(handler),
      part_(std::move(partName)),
      parser_(handler, kit::XmlLimits{}) {}

Error XmlStream::failed() const {
  if (handler_.failure) return *handler_.failure;
  const kit::XmlFault& fault = parser_.fault();
  if (fault.tooLong) {
    return {codes::kDecodeLimit, "the workbook's part " + part_ + " has " + fault.what};
  }
  return {codes::kBadFile, "the workbook's part " + part_ + " is not readable XML (line " +
                               std::to_string(fault.line) + ": " + fault.what +
                               "); save it again and drop it again"};
}

Result<bool> XmlStream::pump() {
  if (ended_) return false;
  std::array<char, kXmlBlock> block{};
  const auto n = source_.read(block);
  if (!n) return n.error();
  ended_ = *n == 0;
  if (!parser_.feed({block.data(), *n}, ended_)) return failed();
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
