#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "file_drop/zip_archive.h"

/// XML parts of a workbook, pushed through a handler in small steps: memory does not grow with the
/// part. DOCTYPE is refused, so that no entity can be declared. Names reach the handler without
/// their prefix.
namespace lianqiao::file_drop {

class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  /// By local name; empty when absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;

 private:
  const char** pairs_;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void onStart(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void onEnd(std::string_view name) { (void)name; }
  virtual void onText(std::string_view text) { (void)text; }

  /// Set by the handler to end the reading with this.
  std::optional<Error> failure;
};

class XmlStream {
 public:
  /// `handler` must outlive the stream.
  XmlStream(ZipStream source, XmlHandler& handler, std::string partName);
  ~XmlStream();
  XmlStream(const XmlStream&) = delete;
  XmlStream& operator=(const XmlStream&) = delete;

  /// Parses the next 16 KiB; false at the end. Fails with decode.xml, decode.limit or what the
  /// handler set.
  Result<bool> pump();
  /// The rest; goes on where it paused when it is called again.
  Result<void> readAll();

 private:
  struct Parser;
  Result<bool> failed() const;

  ZipStream source_;
  XmlHandler& handler_;
  std::string part_;
  std::unique_ptr<Parser> parser_;
  std::uint64_t fed_ = 0;
  bool ended_ = false;
};

}  // namespace lianqiao::file_drop
