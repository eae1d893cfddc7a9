/** The operator's view of a running tower over HTTP: metrics, health, and the dashboard. */
@NullMarked
package teos.teosd.web;

import org.jspecify.annotations.NullMarked;
