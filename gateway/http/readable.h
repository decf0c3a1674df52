#pragma once

#include <cstddef>

#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

/// What Accept-Encoding says of this: only what makeReadable() unpacks.
inline constexpr const char* kAcceptedEncodings = "gzip, deflate";

/// Unpacks the body of an answer (one Content-Encoding of gzip, x-gzip, deflate) and turns what is
/// text into UTF-8 without a byte order mark (charset utf-8, ascii, gbk, gb2312, gb18030). What
/// cannot be read empties the body and says so in `unread`: its status counts all the same. Nothing
/// is guessed: without a charset it is UTF-8 or unread. Media that are no text are only unpacked.
///
/// Fails with deliver.protocol where it unpacks to more than `maxBytes`.
Result<void> makeReadable(HttpResponse& answer, std::size_t maxBytes);

}  // namespace lianqiao::http
