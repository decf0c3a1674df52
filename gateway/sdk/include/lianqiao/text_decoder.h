#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "lianqiao/result.h"

namespace lianqiao {

/// Text in another encoding to UTF-8, piece by piece: for what is too large to be in memory at
/// once. It keeps a few bytes and no more, however large the pieces are or the whole is. What
/// cannot be decoded never fails the rest: it becomes the byte FF, which stands in no UTF-8, so
/// that the line that holds it can be told. Owns its state; one thread at a time.
class TextDecoder {
 public:
  static constexpr char kBroken = '\xFF';

  /// utf-8, gbk, gb18030, big5, shift_jis, euc-kr, latin1 (as Windows 1252), utf-16le or utf-16be.
  /// Fails with decode.encoding for another name, and where this machine has no such decoder.
  static Result<TextDecoder> make(std::string_view encoding);

  /// Appends what `bytes` say. A character that is cut off at their end waits for the next piece.
  void decode(std::string_view bytes, std::string& out);
  /// The text ends here: what still waits is broken off.
  void finish(std::string& out);

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  struct Known;

  TextDecoder(const Known& encoding, void* handle);
  std::string_view convert(std::string_view bytes, std::string& out);
  std::size_t skip(std::string_view bytes, std::string& out);

  std::unique_ptr<void, Close> handle_;
  std::size_t unit_;  // Bytes to pass over behind what is broken.
  bool euro_;         // Windows has put the euro sign at 80.
  std::string rest_;  // Of a character that is not whole yet.
};

}  // namespace lianqiao
