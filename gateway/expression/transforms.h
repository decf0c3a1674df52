#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "expression/clean.h"
#include "expression/expression.h"

/// What can be done to a value, one class each; the words of the mapping language are those of
/// config/MAPPINGS.md. Immutable and thread-safe.
namespace lianqiao::expression {

class SplitText final : public Transform {
 public:
  explicit SplitText(std::vector<std::string> separators) : separators_(std::move(separators)) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  std::vector<std::string> separators_;
};

class CleanText final : public Transform {
 public:
  explicit CleanText(CleanMode mode) : mode_(mode) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  CleanMode mode_;
};

/// What stands after, or before, the first `mark`; texts without it stay whole.
class CutText final : public Transform {
 public:
  CutText(std::string mark, bool after) : mark_(std::move(mark)), after_(after) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  std::string mark_;
  bool after_;
};

/// Value to constant; what no case names is absent where there is a default, else a problem.
class ChooseCase final : public Transform {
 public:
  std::vector<std::pair<std::string, Constant>> cases;  ///< Keys trimmed and half-width.
  bool hasDefault = false;
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;
};

class ToNumber final : public Transform {
 public:
  explicit ToNumber(bool whole) : whole_(whole) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  bool whole_;
};

class ToBoolean final : public Transform {
 public:
  std::vector<std::string> yes;
  std::vector<std::string> no;
  bool ownWords = false;  ///< Not those of MAPPINGS.md: which one it was tells more than yes or no.
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;
};

class ToTime final : public Transform {
 public:
  std::vector<times::TimeFormat> formats;  ///< The first that reads the text.
  std::optional<times::ZoneOffset> zone;   ///< Else the run's.
  bool dateOnly = false;
  std::optional<times::TimeFormat> written;  ///< Else RFC 3339.
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  [[nodiscard]] bool tells(WallTime time, times::ZoneOffset offset, std::string_view made) const;
};

/// Their code to ours: {code, text}, or the code alone.
class FromTable final : public Transform {
 public:
  std::shared_ptr<const CodeTable> table;
  bool codeOnly = false;
  std::optional<std::size_t> label;  ///< Slot of the raw text, where it is not the code itself.
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  [[nodiscard]] std::string_view labelOf(std::string_view raw, std::string_view ours, Run& run,
                                         const Scope& scope) const;
};

/// Our code to theirs.
class ToTable final : public Transform {
 public:
  explicit ToTable(std::shared_ptr<const CodeTable> table) : table_(std::move(table)) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  std::shared_ptr<const CodeTable> table_;
};

/// Numbers and booleans to text.
class ToText final : public Transform {
 public:
  /// `gentle` leaves objects alone, for the schema to judge.
  explicit ToText(bool gentle) : gentle_(gentle) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  bool gentle_;
};

class LimitLength final : public Transform {
 public:
  LimitLength(std::size_t most, bool truncate) : most_(most), truncate_(truncate) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;

 private:
  std::size_t most_;
  bool truncate_;
};

class JoinTexts final : public Transform {
 public:
  explicit JoinTexts(std::string separator) : separator_(std::move(separator)) {}
  json::Value apply(json::Value value, Run& run, const Scope& scope,
                    const std::string& source) const override;
  [[nodiscard]] bool takesArrays() const override { return true; }

 private:
  std::string separator_;
};

}  // namespace lianqiao::expression
