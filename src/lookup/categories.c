#include "lookup/categories.h"

#include "lookup/category_list.h"
#include "lookup/id_names.h"

#define CATEGORY(id, name) {(id), {(name), sizeof(name) - 1}},
static const struct id_name categories[] = {CATEGORY_LIST(CATEGORY)};
#undef CATEGORY

str category_name(int64_t id)
{
    const struct id_names names = {(struct id_name *)categories, countof(categories)};
    const struct id_name *found = id_names_find(&names, id);
    return found ? found->name : STR_EMPTY;
}
