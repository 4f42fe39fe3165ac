// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of which the module, that looks without a reference, may believe that
 * they are folios: the tails of large ones. It is loaded if no cgroup is found
 * at any of them, and one is at a page that is charged to its loader's.
 */
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include "compat/folio.h"

#define MAX_ORDER_TRIED	9

static int tails_of(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_NOWARN, order);
	unsigned int i;
	int err = 0;

	if (!page)
		return -ENOMEM;
	rcu_read_lock();
	for (i = 1; i < 1U << order && !err; i++) {
		if (mms_folio_memcg((struct folio *)(page + i)))
			err = -EBADMSG;
	}
	rcu_read_unlock();
	__free_pages(page, order);
	return err;
}

static int charged(void)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!page)
		return -ENOMEM;
	rcu_read_lock();
	if (!mem_cgroup_disabled() && !mms_folio_memcg(page_folio(page)))
		err = -ENODATA;
	rcu_read_unlock();
	__free_page(page);
	return err;
}

static int __init mms_test_tail_init(void)
{
	unsigned int order;
	int err = charged();

	for (order = 1; order <= MAX_ORDER_TRIED && !err; order++)
		err = tails_of(order);
	return err;
}

static void __exit mms_test_tail_exit(void)
{
}

module_init(mms_test_tail_init);
module_exit(mms_test_tail_exit);
MODULE_DESCRIPTION("tails of large folios, for the tests of mmscope");
MODULE_LICENSE("GPL");
