#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lianqiao/result.h"
#include "schema/compiled_schema.h"
#include "schema/schema.h"

namespace lianqiao::schema {

/// Turns the parsed JSON of a schema into nodes. Used once per schema.
class SchemaCompiler {
 public:
  SchemaCompiler(CompiledSchema& out, std::vector<Problem>& problems);
  void run(Dialect withoutWord);

 private:
  using Handler = void (SchemaCompiler::*)(SchemaNode&, const json::Value& value,
                                           const std::string& path);
  struct Keyword {
    std::string_view name;
    Handler handler;
    std::uint8_t dialects;
  };
  static const Keyword* keyword(std::string_view name);

  NodeIndex compile(const json::Value& schema, const std::string& path);
  void keywords(SchemaNode& node, const json::Value& schema, const std::string& path);
  void readDialect();
  void refuseLoops();

  void onIgnored(SchemaNode& node, const json::Value& value, const std::string& path);
  void onRef(SchemaNode& node, const json::Value& value, const std::string& path);
  void onDefinitions(SchemaNode& node, const json::Value& value, const std::string& path);
  void onType(SchemaNode& node, const json::Value& value, const std::string& path);
  void onEnum(SchemaNode& node, const json::Value& value, const std::string& path);
  void onConst(SchemaNode& node, const json::Value& value, const std::string& path);
  void onProperties(SchemaNode& node, const json::Value& value, const std::string& path);
  void onRequired(SchemaNode& node, const json::Value& value, const std::string& path);
  void onPatternProperties(SchemaNode& node, const json::Value& value, const std::string& path);
  void onAdditionalProperties(SchemaNode& node, const json::Value& value, const std::string& path);
  void onPropertyNames(SchemaNode& node, const json::Value& value, const std::string& path);
  void onDependentRequired(SchemaNode& node, const json::Value& value, const std::string& path);
  void onItems(SchemaNode& node, const json::Value& value, const std::string& path);
  void onPrefixItems(SchemaNode& node, const json::Value& value, const std::string& path);
  void onUniqueItems(SchemaNode& node, const json::Value& value, const std::string& path);
  void onBound(SchemaNode& node, const json::Value& value, const std::string& path);
  void onPattern(SchemaNode& node, const json::Value& value, const std::string& path);
  void onFormat(SchemaNode& node, const json::Value& value, const std::string& path);
  void onNumber(SchemaNode& node, const json::Value& value, const std::string& path);
  void onList(SchemaNode& node, const json::Value& value, const std::string& path);
  void onSingle(SchemaNode& node, const json::Value& value, const std::string& path);

  static std::string child(const std::string& path, std::string_view name);
  static std::string child(const std::string& path, std::size_t index);
  void refuse(const std::string& path, std::string message);
  bool wants(bool good, const std::string& path, std::string_view what);
  std::vector<std::string_view> names(const json::Value& value, const std::string& path);
  bool pattern(PatternRule& rule, std::string_view text, const std::string& path);

  CompiledSchema& out_;
  std::vector<Problem>& problems_;
  std::unordered_map<const json::Value*, NodeIndex> done_;
  std::string_view id_;
  bool draft07_ = false;
  std::string_view word_;                ///< The keyword being read.
  const json::Value* schema_ = nullptr;  ///< The schema that it stands in.
};

}  // namespace lianqiao::schema
