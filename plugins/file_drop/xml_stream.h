#pragma once

#include <string>

#include "file_drop/zip_archive.h"
#include "kit/xml/xml_parser.h"

namespace lianqiao::file_drop {

using kit::XmlAttributes;
using kit::XmlHandler;

/// One XML part of a workbook, pushed through a handler in small steps: memory does not grow with
/// the part. Names reach the handler without their prefix.
class XmlStream {
 public:
  /// `handler` must outlive the stream.
  XmlStream(ZipStream source, XmlHandler& handler, std::string partName);

  /// Parses the next 16 KiB; false at the end. Fails with decode.file, decode.limit or what the
  /// handler set.
  Result<bool> pump();
  /// The rest; goes on where it paused when it is called again.
  Result<void> readAll();

 private:
  [[nodiscard]] Error failed() const;

  ZipStream source_;
  XmlHandler& handler_;
  std::string part_;
  kit::XmlParser parser_;
  bool ended_ = false;
};

}  // namespace lianqiao::file_drop
