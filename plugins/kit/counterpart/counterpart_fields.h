#pragma once

#include <array>
#include <string_view>

#include "lianqiao/field_spec.h"

/// The settings by which a platform is asked what it holds of a day: one set of names for every
/// adapter that asks over HTTP (HttpCounterpart).
namespace lianqiao::kit {

/// What differs between adapters: the defaults, written as in a FieldSpec.
struct CounterpartDefaults {
  std::string_view items = {};
  std::string_view total = {};
  std::string_view id = "id";
  std::string_view time = {};
};

consteval std::array<FieldSpec, 9> counterpartFields(const CounterpartDefaults& defaults) {
  return {{
      {.name = "list_url",
       .kind = FieldKind::text,
       .doc = "Address of the list of what the platform holds of a day, for reconciliation, with "
              "{day}, {page} (from 1) and {size} in it; asked with GET.",
       .docZh = "对账用：平台当日持有清单的地址，其中可写 {day}、{page}（从 1 起）、{size}；用 GET "
                "请求。",
       .example = "http://10.0.0.8:9000/api/held?date={day}&page={page}&size={size}"},
      {.name = "list_items",
       .kind = FieldKind::text,
       .doc = "Dotted path in its answer of the list; \"\" where the answer is the list.",
       .docZh = "应答中清单所在的字段路径；应答本身就是清单时填 \"\"。",
       .fallback = defaults.items,
       .example = defaults.items.empty() ? "data.list" : ""},
      {.name = "list_total",
       .kind = FieldKind::text,
       .doc =
           "Dotted path of the count of all pages: with it a list that was cut short is noticed.",
       .docZh = "总条数的字段路径：有它才能发现清单被截断。",
       .fallback = defaults.total,
       .example = defaults.total.empty() ? "data.total" : ""},
      {.name = "list_id",
       .kind = FieldKind::text,
       .doc = "Dotted path in an item of the id by which both sides know it.",
       .docZh = "清单条目中双方都认得的编号的字段路径。",
       .fallback = defaults.id},
      {.name = "list_time",
       .kind = FieldKind::text,
       .doc = "Dotted path in an item of the time that puts it into the day, as RFC 3339 or "
              "YYYY-MM-DD hh:mm:ss in Beijing time.",
       .docZh = "清单条目中决定其日期的时间的字段路径，格式为 RFC 3339 或北京时间 YYYY-MM-DD "
                "hh:mm:ss。",
       .fallback = defaults.time,
       .example = defaults.time.empty() ? "createTime" : ""},
      {.name = "list_page_size",
       .kind = FieldKind::integer,
       .doc = "What {size} becomes.",
       .docZh = "{size} 的取值。",
       .fallback = "500",
       .least = "1",
       .most = "5000",
       .unit = "items",
       .unitZh = "条"},
      {.name = "manifest_url",
       .kind = FieldKind::url,
       .doc = "Address of a manifest as Lianqiao answers it, instead of a list: the exchanges grow "
              "with the differences and not with the day.",
       .docZh = "联桥格式的对账摘要地址，可代替清单：交互次数随差异增长，而不随当日总量增长。",
       .example = "http://10.0.0.9:8480/v1/peers/county/manifest"},
      {.name = "fetch_url",
       .kind = FieldKind::text,
       .doc = "Address of one thing by its id, with {id} in it: what we lack is asked for there.",
       .docZh = "按编号取单条的地址，其中写 {id}：我方缺少的从这里补取。",
       .example = "http://10.0.0.8:9000/api/orders/{id}"},
      {.name = "fetch_item",
       .kind = FieldKind::text,
       .doc = "Dotted path in its answer of the thing; \"\" where the answer is it.",
       .docZh = "应答中该条内容的字段路径；应答本身就是时填 \"\"。",
       .example = "data"},
  }};
}

}  // namespace lianqiao::kit
