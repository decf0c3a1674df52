#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/result.h"

/// XML in small steps, whatever its size, without anything that could make a small document large:
/// a document type is refused, so that no entity can be declared.
namespace lianqiao::kit {

/// Of one start tag; valid within the call that hands it over.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  /// By name without prefix; empty when absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;

 private:
  const char** pairs_;
};

/// What is told of a document, in its order. Views are valid within the call.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void onStart(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void onEnd(std::string_view name) { (void)name; }
  /// One text may come in several pieces.
  virtual void onText(std::string_view text) { (void)text; }

  /// Set by the handler to end the reading with this.
  std::optional<Error> failure;
};

struct XmlLimits {
  int depth = 64;                 ///< Elements within one another.
  std::uint64_t elements = 0;     ///< In all; 0: as many as there are.
  std::uint64_t tag = 512 << 10;  ///< Bytes of one tag: the parser holds a whole one.
  bool utf8Only = false;          ///< Whatever the declaration says.
  bool prefixes = false;          ///< Names reach the handler with their prefix.
};

/// Why a document is not read further.
struct XmlFault {
  std::uint64_t line = 0;  ///< From 1.
  std::string what;        ///< What the line has, as in "mismatched tag".
  bool tooLong = false;    ///< A tag is larger than the limit; else the document is bad.
};

/// One document. For one thread.
class XmlParser {
 public:
  /// `handler` must outlive the parser.
  XmlParser(XmlHandler& handler, const XmlLimits& limits);
  ~XmlParser();
  XmlParser(const XmlParser&) = delete;
  XmlParser& operator=(const XmlParser&) = delete;

  /// Parses one more piece; `last`: nothing follows it. False where reading has ended before its
  /// time: then the handler's `failure` says why, or fault().
  [[nodiscard]] bool feed(std::string_view piece, bool last);
  /// REQUIRES: feed() was false and the handler has no failure.
  [[nodiscard]] const XmlFault& fault() const { return fault_; }

 private:
  struct Expat;
  bool feedPart(std::string_view piece, bool last);

  std::unique_ptr<Expat> expat_;
  XmlFault fault_;
};

}  // namespace lianqiao::kit
