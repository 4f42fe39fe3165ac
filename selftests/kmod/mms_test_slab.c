// SPDX-License-Identifier: GPL-2.0-only
/*
 * A slab cache with a known number of objects, for the tests of mmscope slab.
 *
 * 1009 objects are allocated, then every seventh of them is freed. The debugfs file
 * mms_test_slab has a line for each: its address, and whether it is allocated. Nobody
 * else takes objects of this cache: a constructor keeps it from being merged.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#define NR_OBJECTS	1009
#define FREED		7	/* every so many */
#define OBJECT_SIZE	200

static struct kmem_cache *cache;
static struct dentry *file;
static void *objects[NR_OBJECTS];

static bool is_freed(unsigned int i)
{
	return i % FREED == 0;
}

static void construct(void *object)
{
	memset(object, 0x5a, OBJECT_SIZE);
}

static int mms_test_slab_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < NR_OBJECTS; i++)
		seq_printf(m, "0x%lx %s\n", (unsigned long)objects[i],
			   is_freed(i) ? "free" : "allocated");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mms_test_slab);

static void free_objects(bool freed)
{
	unsigned int i;

	for (i = 0; i < NR_OBJECTS; i++)
		if (objects[i] && is_freed(i) == freed)
			kmem_cache_free(cache, objects[i]);
}

static int __init mms_test_slab_init(void)
{
	unsigned int i;

	cache = kmem_cache_create("mms_test_slab", OBJECT_SIZE, 0, 0, construct);
	if (!cache)
		return -ENOMEM;
	for (i = 0; i < NR_OBJECTS; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		if (!objects[i])
			goto free_all;
	}
	free_objects(true);
	/* What is freed is held back for a while there, and counts as allocated. */
	if (IS_ENABLED(CONFIG_KASAN_GENERIC))
		kmem_cache_shrink(cache);
	file = debugfs_create_file("mms_test_slab", 0400, NULL, NULL, &mms_test_slab_fops);
	return 0;

free_all:
	free_objects(true);
	free_objects(false);
	kmem_cache_destroy(cache);
	return -ENOMEM;
}

static void __exit mms_test_slab_exit(void)
{
	debugfs_remove(file);
	free_objects(false);
	kmem_cache_destroy(cache);
}

module_init(mms_test_slab_init);
module_exit(mms_test_slab_exit);
MODULE_DESCRIPTION("A slab cache with a known number of objects");
MODULE_LICENSE("GPL");
