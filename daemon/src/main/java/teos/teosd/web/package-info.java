/** What the operator sees of a running tower over HTTP: metrics, health, and the page. */
@NullMarked
package teos.teosd.web;

import org.jspecify.annotations.NullMarked;
